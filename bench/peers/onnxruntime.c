#include "onnxruntime.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

// The C interface of ONNX Runtime is a table of functions that only ever grows: the places of those used here have not changed since
// version 1. See onnxruntime_c_api.h, struct OrtApi.
enum {
  ERROR_MESSAGE = 2,
  CREATE_ENV = 3,
  CREATE_SESSION_FROM_ARRAY = 8,
  RUN = 9,
  CREATE_SESSION_OPTIONS = 10,
  SET_OPTIMIZATION = 23,
  SET_THREADS = 24,
  CREATE_TENSOR = 49,
  CREATE_MEMORY_INFO = 69,
  ADD_SESSION_CONFIG = 130, // from version 5 on
};

enum { VERSION = 1, WARNINGS = 2, ALL_OPTIMIZATIONS = 99, ARENA = 1, DEFAULT_MEMORY = 0, FLOAT = 1 };

typedef void *status; // NULL: success
struct api_base {
  const void *const *(*api)(uint32_t version);
  const char *(*version)(void);
};
typedef status (*create_env_t)(int level, const char *name, void **env);
typedef status (*create_t)(void **made);
typedef status (*set_t)(void *options, int value);
typedef status (*config_t)(void *options, const char *name, const char *value);
typedef status (*create_session_t)(void *env, const void *model, size_t size, void *options, void **session);
typedef status (*create_memory_info_t)(int allocator, int memory, void **info);
typedef status (*create_tensor_t)(void *info, void *data, size_t bytes, const int64_t *shape, size_t rank, int type, void **value);
typedef status (*run_t)(void *session, const void *options, const char *const *in_names, const void *const *in, size_t ins,
                        const char *const *out_names, size_t outs, void **out);

static const char *message(const void *const *api, status s) { return ((const char *(*)(status))api[ERROR_MESSAGE])(s); }

#define TRY(call)                     \
  do {                                \
    status failure = (call);          \
    if (failure)                      \
      return message(s->api, failure); \
  } while (0)

// Makes a matrix of zeros and a value that refers to it.
static const char *matrix(struct onnx_session *s, void *info, int64_t rows, int64_t columns, float **data, void **value) {
  const int64_t shape[2] = {rows, columns};
  const size_t bytes = (size_t)rows * columns * sizeof(float);
  *data = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!*data)
    return "out of memory";
  TRY(((create_tensor_t)s->api[CREATE_TENSOR])(info, *data, bytes, shape, 2, FLOAT, value));
  return NULL;
}

const char *open_onnx(void *get_api_base, const void *model, size_t size, int threads, int spin, int64_t rows, int64_t inputs, int64_t outputs,
                      struct onnx_session *s) {
  const struct api_base *base = ((const struct api_base *(*)(void))get_api_base)();
  void *env, *options, *info;
  const char *failed;
  s->api = base->api(VERSION);
  if (!s->api)
    return "no interface of version 1";
  TRY(((create_env_t)s->api[CREATE_ENV])(WARNINGS, "peers", &env));
  TRY(((create_t)s->api[CREATE_SESSION_OPTIONS])(&options));
  TRY(((set_t)s->api[SET_OPTIMIZATION])(options, ALL_OPTIMIZATIONS));
  TRY(((set_t)s->api[SET_THREADS])(options, threads));
  if (!spin)
    TRY(((config_t)s->api[ADD_SESSION_CONFIG])(options, "session.intra_op.allow_spinning", "0"));
  TRY(((create_session_t)s->api[CREATE_SESSION_FROM_ARRAY])(env, model, size, options, &s->session));
  TRY(((create_memory_info_t)s->api[CREATE_MEMORY_INFO])(ARENA, DEFAULT_MEMORY, &info));
  if ((failed = matrix(s, info, rows, inputs, &s->in, &s->in_value)))
    return failed;
  return matrix(s, info, rows, outputs, &s->out, &s->out_value);
}

static double now(int clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

const char *run_onnx(struct onnx_session *s, long iterations, int clock, double *seconds) {
  const char *const in_names[] = {s->in_name}, *const out_names[] = {s->out_name};
  const void *in[] = {s->in_value};
  void *out[] = {s->out_value};
  const run_t run = (run_t)s->api[RUN];
  const double start = now(clock);
  for (long i = 0; i < iterations; i++) {
    if (s->turns) {
      memcpy(s->in, (const char *)s->inputs + s->turn * s->bytes, s->bytes);
      if (++s->turn == s->turns)
        s->turn = 0;
    }
    TRY(run(s->session, NULL, in_names, in, 1, out_names, 1, out));
  }
  *seconds = now(clock) - start;
  return NULL;
}
