// A matrix product of some library, timed inside C so that no call from Go is charged to it.
#ifndef PRODUCT_H
#define PRODUCT_H

// The interfaces of products. All take row-major matrices.
enum interface { CBLAS_F32, CBLAS_F64, DNNL_F32, XSMM_F32, XSMM_F64 };

// A product C = op(A)·op(B): C is m×n, the inner index runs to k. trans_a and trans_b are 'N' or 'T'.
struct product {
  enum interface interface;
  void *function;
  char trans_a, trans_b;
  int m, n, k;
};

// Opens a shared library in a name space of its own: OpenBLAS and BLIS define the same names. NULL on failure, then *message says why.
void *open_library(const char *file, const char **message);

// Returns a function that the library exports, or NULL.
void *find_function(void *library, const char *name);

// Calls a function of the type `void (void)`.
void call(void *function);

// Calls a function of the type `const char *(void)`.
const char *call_text(void *function);

// Calls a function of the type `const char *(int)` with the result of one of the type `int (void)`.
const char *call_text_of(void *text, void *number);

// Calls a function of the type `int (void)`.
int call_number(void *function);

// Makes the kernel of an LIBXSMM product with dispatch, which is libxsmm_smmdispatch or libxsmm_dmmdispatch. NULL if there is none.
void *dispatch_xsmm(void *dispatch, struct product p);

// Runs the product and returns the seconds that it took by the clock of the system with that number.
double run_product(struct product p, const void *a, const void *b, void *c, long iterations, int clock);

#endif
