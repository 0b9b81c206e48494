// The fields of an Epilogue, in bytes, for elements of ELEM bytes.
#define EPILOGUE_BIAS 0
#define EPILOGUE_MASK 24
#define EPILOGUE_SLOPE 48
#define EPILOGUE_ACTIVATION (48+ELEM)
#define EPILOGUE_LOW (48+2*ELEM)
#define EPILOGUE_HIGH (48+3*ELEM)
