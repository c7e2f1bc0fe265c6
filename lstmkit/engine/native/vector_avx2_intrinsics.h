// Intel's functions up to AVX2 and FMA.
//
// immintrin.h of GCC also declares all of AVX-512 and more, which takes four fifths of the time
// that a user waits for a cell at its first use. Its parts ask for the mark that it sets; where we
// do not know a compiler's parts, the whole is read.
#pragma once

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 9 && __GNUC__ <= 15 && \
    !defined(_IMMINTRIN_H_INCLUDED)
#define _IMMINTRIN_H_INCLUDED
#include <smmintrin.h>

#include <avxintrin.h>

#include <avx2intrin.h>
#include <fmaintrin.h>
#else
#include <immintrin.h>
#endif
