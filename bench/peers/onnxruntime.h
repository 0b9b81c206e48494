// A network that ONNX Runtime runs, timed inside C.
#ifndef ONNXRUNTIME_H
#define ONNXRUNTIME_H

#include <stddef.h>
#include <stdint.h>

struct onnx_session {
  const void *const *api;
  void *session, *in_value, *out_value;
  float *in, *out; // rows×inputs and rows×outputs, owned by the session
  const char *in_name, *out_name;
  // Inputs that take turns, one a prediction; none if turns is 0.
  const float *inputs;
  long turns, turn;
  size_t bytes; // of one
};

// Makes a session of a model with one input and one output, whose names the caller has set, on the
// given number of threads, which spin while they wait if spin is not 0. It returns NULL or what went wrong.
// A session is kept until the program ends.
const char *open_onnx(void *get_api_base, const void *model, size_t size, int threads, int spin, int64_t rows, int64_t inputs, int64_t outputs,
                      struct onnx_session *s);

// Predicts a number of times and sets *seconds by the clock of the system with that number. It returns NULL or what went wrong.
const char *run_onnx(struct onnx_session *s, long iterations, int clock, double *seconds);

#endif
