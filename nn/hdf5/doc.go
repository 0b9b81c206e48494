// Package hdf5 reads arrays of numbers, and the texts that describe their groups, from files in
// HDF5's oldest form, which h5py writes unless it is asked for another, and with it Keras:
//
//	superblock    of version 0 or 1, which names the root group
//	groups        a tree of version 1 and a heap of names
//	objects       headers of version 1: a list of messages, in one block or several
//	arrays        contiguous, or in the header itself; integers and floats of 8 to 64 bits,
//	              bfloat16, truth values
//	attributes    texts; others are passed over
//
// What is in another form is refused by its name: chunks and what compresses them, links to other
// files, the forms that libver="latest" asks for. Arrays of other elements are listed, and refused
// when they are read.
//
// What a file costs: opening it reads 256 MiB of its structure at most, in which an object may be
// linked once, and reading an array takes no more than it has in the file.
package hdf5
