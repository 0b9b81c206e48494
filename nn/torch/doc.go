// Package torch reads the checkpoints of PyTorch: the zip archives that torch.save writes since
// version 1.6,
//
//	NAME/data.pkl    the objects as a pickle, in which tensors refer to storages
//	NAME/data/KEY    the bytes of a storage, which several tensors may share
//	NAME/byteorder   little or big; little if it is missing
//
// and the files that it wrote before, in which the storages follow the pickle.
//
// A pickle is a program that may call anything. Here it can build nothing but tensors, parameters,
// dictionaries, lists, tuples, sets, texts, numbers and the other plain values that PyTorch's own
// torch.load(weights_only=True) takes without being asked to; everything else is refused by its
// name before anything is built. TorchScript's files and whole pickled modules are refused with what
// to do about it.
//
// A tensor is named by the keys that lead to it, with dots between them: the weight of a layer fc
// in {"model": model.state_dict()} is model.fc.weight.
//
// What a file costs: a pickle may have [MaxPickle] bytes and four million operations, for which
// opening takes less than 300 bytes each, the tensors' names included; reading a tensor takes no
// more than its storage has in the file, and a buffer of 64 KiB, but for views that repeat
// elements, which may have a million, or 16 times those of the storage. Whatever else the file
// holds stays there.
package torch

// MaxPickle is the largest number of bytes of a pickle that is read.
const MaxPickle = 64 << 20
