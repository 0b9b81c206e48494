// Package task trains networks on images, texts and series, and predicts with them: it cuts the
// data into samples, chooses the network that suits them, and keeps in the model's file what is
// needed to understand further data.
//
// [PrepareImages], [PrepareText] and [PrepareSeries] each make a [Job] ready, whose Trained is a
// [Model]: classes of images, texts that go on, values that follow. Tables have package tabular.
package task
