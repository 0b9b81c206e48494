#define _GNU_SOURCE
#include "product.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef void (*cblas_sgemm_t)(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
                              float beta, float *c, int ldc);
typedef void (*cblas_dgemm_t)(int order, int ta, int tb, int m, int n, int k, double alpha, const double *a, int lda, const double *b, int ldb,
                              double beta, double *c, int ldc);
typedef int (*dnnl_sgemm_t)(char ta, char tb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda, const float *b,
                            int64_t ldb, float beta, float *c, int64_t ldc);
typedef void (*xsmm_t)(const void *a, const void *b, void *c);
typedef xsmm_t (*xsmm_dispatch_t)(int m, int n, int k, const int *lda, const int *ldb, const int *ldc, const void *alpha, const void *beta,
                                  const int *flags, const int *prefetch);

void *open_library(const char *file, const char **message) {
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  *message = library ? NULL : dlerror();
  return library;
}

void *find_function(void *library, const char *name) { return dlsym(library, name); }

void call(void *function) { ((void (*)(void))function)(); }

const char *call_text(void *function) { return ((const char *(*)(void))function)(); }

const char *call_text_of(void *text, void *number) { return ((const char *(*)(int))text)(((int (*)(void))number)()); }

int call_number(void *function) { return ((int (*)(void))function)(); }

// LIBXSMM is column-major: a row-major C = A·B is its Cᵀ = Bᵀ·Aᵀ.
void *dispatch_xsmm(void *dispatch, struct product p) {
  const float one = 1, zero = 0;
  const double one64 = 1, zero64 = 0;
  const int flags = 0, f64 = p.interface == XSMM_F64;
  return (void *)((xsmm_dispatch_t)dispatch)(p.n, p.m, p.k, &p.n, &p.k, &p.n, f64 ? (void *)&one64 : (void *)&one,
                                             f64 ? (void *)&zero64 : (void *)&zero, &flags, NULL);
}

static double now(int clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

double run_product(struct product p, const void *a, const void *b, void *c, long iterations, int clock) {
  enum { ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112 }; // of cblas.h
  const int ta = p.trans_a == 'N' ? PLAIN : TRANSPOSED, tb = p.trans_b == 'N' ? PLAIN : TRANSPOSED;
  const int m = p.m, n = p.n, k = p.k, lda = p.trans_a == 'N' ? k : m, ldb = p.trans_b == 'N' ? n : k;
  const double start = now(clock);
  switch (p.interface) {
  case CBLAS_F32:
    for (long i = 0; i < iterations; i++)
      ((cblas_sgemm_t)p.function)(ROW_MAJOR, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, n);
    break;
  case CBLAS_F64:
    for (long i = 0; i < iterations; i++)
      ((cblas_dgemm_t)p.function)(ROW_MAJOR, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, n);
    break;
  case DNNL_F32:
    for (long i = 0; i < iterations; i++)
      ((dnnl_sgemm_t)p.function)(p.trans_a, p.trans_b, m, n, k, 1, a, lda, b, ldb, 0, c, n);
    break;
  case XSMM_F32:
  case XSMM_F64:
    for (long i = 0; i < iterations; i++)
      ((xsmm_t)p.function)(b, a, c);
    break;
  }
  return now(clock) - start;
}
