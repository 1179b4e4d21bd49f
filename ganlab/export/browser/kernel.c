/* The one heavy loop of a generator: many dot products, four or eight channels at a time.

   A convolution, a phase of a transposed convolution and a linear layer are all the same here: an output pixel is the
   bias and, for each tap, the input pixel that the tap points to times a matrix (inputs, outputs). Pixels lie with
   their channels together; tables say where. Built by ganlab/export/browser/build.py. */

#include <wasm_simd128.h>

#define PIXELS 4 /* at a time: with 8 channels that is 8 sums, 2 weights and 1 input in 16 registers */

#ifdef __wasm_relaxed_simd__
#define ADD_PRODUCT(sum, a, b) wasm_f32x4_relaxed_madd(a, b, sum)
#else
#define ADD_PRODUCT(sum, a, b) wasm_f32x4_add(sum, wasm_f32x4_mul(a, b))
#endif

static inline v128_t leaky(v128_t x, v128_t slope) {
  return wasm_f32x4_add(wasm_f32x4_max(x, wasm_f32x4_const_splat(0)),
                        wasm_f32x4_mul(wasm_f32x4_min(x, wasm_f32x4_const_splat(0)), slope));
}

/* out[out_at[p] + j] = leaky(bias[j] + sum over t, i of in[in_at[p] + taps[t] + i] * weights[j / 8][t][i][j % 8])

   pixels: how many p, a multiple of PIXELS; taps: offsets in floats; inputs, outputs: channels, outputs a multiple of
   8; slope: of the negative side, 1 leaves all as it is. */
__attribute__((export_name("multiply"))) void multiply(
    const float *in, const float *weights, const float *bias, float *out, const int *in_at, const int *out_at,
    int pixels, const int *taps, int tap_count, int inputs, int outputs, float slope) {
  const v128_t slopes = wasm_f32x4_splat(slope);
  for (int block = 0; block < outputs; block += 8) {
    const v128_t bias_a = wasm_v128_load(bias + block), bias_b = wasm_v128_load(bias + block + 4);
    for (int p = 0; p < pixels; p += PIXELS) {
      const float *w = weights + (long)block * tap_count * inputs;
      v128_t a0 = bias_a, a1 = bias_a, a2 = bias_a, a3 = bias_a;
      v128_t b0 = bias_b, b1 = bias_b, b2 = bias_b, b3 = bias_b;
      for (int t = 0; t < tap_count; t++) {
        const float *x0 = in + in_at[p] + taps[t], *x1 = in + in_at[p + 1] + taps[t];
        const float *x2 = in + in_at[p + 2] + taps[t], *x3 = in + in_at[p + 3] + taps[t];
        for (int i = 0; i < inputs; i++, w += 8) {
          const v128_t wa = wasm_v128_load(w), wb = wasm_v128_load(w + 4);
          v128_t x = wasm_v128_load32_splat(x0 + i);
          a0 = ADD_PRODUCT(a0, x, wa), b0 = ADD_PRODUCT(b0, x, wb);
          x = wasm_v128_load32_splat(x1 + i);
          a1 = ADD_PRODUCT(a1, x, wa), b1 = ADD_PRODUCT(b1, x, wb);
          x = wasm_v128_load32_splat(x2 + i);
          a2 = ADD_PRODUCT(a2, x, wa), b2 = ADD_PRODUCT(b2, x, wb);
          x = wasm_v128_load32_splat(x3 + i);
          a3 = ADD_PRODUCT(a3, x, wa), b3 = ADD_PRODUCT(b3, x, wb);
        }
      }
      float *o = out + block;
      wasm_v128_store(o + out_at[p], leaky(a0, slopes)), wasm_v128_store(o + out_at[p] + 4, leaky(b0, slopes));
      wasm_v128_store(o + out_at[p + 1], leaky(a1, slopes)), wasm_v128_store(o + out_at[p + 1] + 4, leaky(b1, slopes));
      wasm_v128_store(o + out_at[p + 2], leaky(a2, slopes)), wasm_v128_store(o + out_at[p + 2] + 4, leaky(b2, slopes));
      wasm_v128_store(o + out_at[p + 3], leaky(a3, slopes)), wasm_v128_store(o + out_at[p + 3] + 4, leaky(b3, slopes));
    }
  }
}
