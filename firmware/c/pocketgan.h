/* pocketgan: draws handwritten digits with a small neural network, in place from a model in flash.
 *
 *     static pocketgan_model model;
 *     uint8_t pixels[POCKETGAN_PIXELS];
 *
 *     pocketgan_status status = pocketgan_open(&model, file, file_length);
 *     if (status == POCKETGAN_STATUS_OK)
 *         status = pocketgan_draw_seed(&model, 4, pixels, sizeof pixels);
 *     if (status != POCKETGAN_STATUS_OK)
 *         puts(pocketgan_status_text(status));
 *
 * The library has no variables, allocates nothing and needs no other library; its functions may be called from
 * several threads and interrupts, as long as nobody writes to the memory that they were given. They use at most
 * 2.5 KB of stack.
 *
 * A pointer that is null or not aligned for its type, and a length that is not the stated one, are reported.
 * Other pointers must lead to memory of that type and length, which no function can check.
 *
 * License: MIT or Apache-2.0. This file is made from the library's source: change that.
 */


#ifndef POCKETGAN_H
#define POCKETGAN_H

#include <stddef.h>
#include <stdint.h>

/// Words of a handle, of the size of a pointer.
#define POCKETGAN_MODEL_WORDS 96

/// Width and height of a picture.
#define POCKETGAN_SIDE 28

/// Bytes of a picture: 28 rows of 28 pixels, from 0 (black) to 255 (white).
#define POCKETGAN_PIXELS 784

/// Numbers of a latent.
#define POCKETGAN_LATENT 100

/// The weight of the second picture at the end of a morph, where only it is left.
#define POCKETGAN_FULL_WEIGHT 256

/// Most bytes of a class's name, with the NUL at its end.
#define POCKETGAN_NAME_ROOM 32

/// How a call ended. `pocketgan_status_text` has a sentence for each.
enum pocketgan_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /// Success.
  POCKETGAN_STATUS_OK = 0,
  /// A pointer is null.
  POCKETGAN_STATUS_NULL_POINTER = 1,
  /// A pointer to a handle or to numbers of several bytes is not aligned for them.
  POCKETGAN_STATUS_UNALIGNED = 2,
  /// A buffer does not have the length that the function states.
  POCKETGAN_STATUS_BUFFER_LENGTH = 3,
  /// No model was opened with this handle.
  POCKETGAN_STATUS_NOT_OPEN = 4,
  /// The weight of a morph is above `POCKETGAN_FULL_WEIGHT`.
  POCKETGAN_STATUS_WEIGHT = 5,
  /// The model has no class of this number or name.
  POCKETGAN_STATUS_UNKNOWN_CLASS = 6,
  /// The model's table has no seed for this class.
  POCKETGAN_STATUS_NO_SEEDS = 7,
  /// The file is not a model of pocketgan's.
  POCKETGAN_STATUS_NOT_A_MODEL = 100,
  /// The model has a format version that this library does not know.
  POCKETGAN_STATUS_MODEL_VERSION = 101,
  /// The model is truncated, or bytes were appended.
  POCKETGAN_STATUS_MODEL_LENGTH = 102,
  /// Bytes of the model have changed.
  POCKETGAN_STATUS_MODEL_CHECKSUM = 103,
  /// The model's header is invalid.
  POCKETGAN_STATUS_MODEL_HEADER = 104,
  /// The model's table of seeds is invalid.
  POCKETGAN_STATUS_MODEL_SEEDS = 105,
  /// The model's layers do not lead from a latent to a picture.
  POCKETGAN_STATUS_MODEL_LAYERS = 106,
  /// A number in the model is out of range.
  POCKETGAN_STATUS_MODEL_RANGE = 107,
  /// The width of a layer is not a multiple of what is computed at a time.
  POCKETGAN_STATUS_MODEL_GROUPS = 108,
  /// The model's weights are floats; export it as int8, mixed or int4.
  POCKETGAN_STATUS_MODEL_FLOATS = 109,
  /// The model mixes float and integer layers.
  POCKETGAN_STATUS_MODEL_KINDS = 110,
  /// The model does not begin on a multiple of 4 bytes in memory.
  POCKETGAN_STATUS_MODEL_UNALIGNED = 111,
  /// The length of the model's metadata is wrong.
  POCKETGAN_STATUS_MODEL_METADATA = 112,
  /// The names of the model's classes are invalid.
  POCKETGAN_STATUS_MODEL_NAMES = 113,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pocketgan_status pocketgan_status;
#else
typedef int32_t pocketgan_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// A model, opened in place: the file stays where it is, and the handle only refers to it. It has no pointers into itself,
/// so it may be copied, and it needs no closing. Its contents are private.
typedef struct pocketgan_model {
  /// Private.
  size_t reserved[POCKETGAN_MODEL_WORDS];
} pocketgan_model;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/// The version of this library, such as "0.1.0".
const char *pocketgan_version(void);

/// A sentence in English for a `pocketgan_status`. It is static and ends in NUL; other numbers have a sentence, too.
const char *pocketgan_status_text(int32_t status);

/// Opens the model file of `len` bytes at `file` in place. The whole file is validated, once: drawing then cannot fail.
///
/// The file must begin on a multiple of 4 bytes, and stay unchanged where it is for as long as `model` is used.
/// Only integer models (int8, mixed, int4) can be opened. If the call fails, no model is open with `model`.
pocketgan_status pocketgan_open(struct pocketgan_model *model,
                                const void *file,
                                size_t len);

/// Draws the picture of `seed` into `pixels`; `len` is `POCKETGAN_PIXELS`. Any seed draws some picture, the same on every
/// machine; `pocketgan_seed_of_class` has seeds of chosen digits.
pocketgan_status pocketgan_draw_seed(const struct pocketgan_model *model,
                                     uint32_t seed,
                                     uint8_t *pixels,
                                     size_t len);

/// Draws the picture of a latent into `pixels`; `latent_len` is `POCKETGAN_LATENT`, `len` is `POCKETGAN_PIXELS`.
pocketgan_status pocketgan_draw_latent(const struct pocketgan_model *model,
                                       const int16_t *latent,
                                       size_t latent_len,
                                       uint8_t *pixels,
                                       size_t len);

/// Draws a picture between those of two seeds into `pixels`; `len` is `POCKETGAN_PIXELS`. `weight` is that of the second,
/// 0 to `POCKETGAN_FULL_WEIGHT`.
pocketgan_status pocketgan_draw_morph(const struct pocketgan_model *model,
                                      uint32_t from,
                                      uint32_t to,
                                      uint16_t weight,
                                      uint8_t *pixels,
                                      size_t len);

/// Writes the latent of `seed` to `latent`; `len` is `POCKETGAN_LATENT`. Its numbers are in units of 1/4096.
pocketgan_status pocketgan_latent_of_seed(uint32_t seed,
                                          int16_t *latent,
                                          size_t len);

/// Writes the latent between two others to `latent`, which may be one of them; `len` is `POCKETGAN_LATENT` for each.
/// `weight` is that of the second, 0 to `POCKETGAN_FULL_WEIGHT`.
pocketgan_status pocketgan_blend_latents(const int16_t *from,
                                         const int16_t *to,
                                         uint16_t weight,
                                         int16_t *latent,
                                         size_t len);

/// The weight of the second picture after `step` of `steps` steps of a morph that starts and ends gently. After the last
/// step it stays `POCKETGAN_FULL_WEIGHT`.
uint16_t pocketgan_morph_weight(uint32_t step,
                                uint32_t steps);

/// Writes the number of the model's classes to `count`: 10 digits, or the classes that have names.
pocketgan_status pocketgan_class_count(const struct pocketgan_model *model, uint32_t *count);

/// Writes the class with this name to `class_number`. In a model of digits their names are "0" to "9".
pocketgan_status pocketgan_class_of_name(const struct pocketgan_model *model,
                                         const char *name,
                                         uint32_t *class_number);

/// Writes the name of a class, and NUL after it, to `name`; `len` is at least `POCKETGAN_NAME_ROOM`.
pocketgan_status pocketgan_class_name(const struct pocketgan_model *model,
                                      uint32_t class_number,
                                      char *name,
                                      size_t len);

/// Writes the number of seeds that the model has for a class to `count`.
pocketgan_status pocketgan_seed_count(const struct pocketgan_model *model,
                                      uint32_t class_number,
                                      uint32_t *count);

/// Writes a seed of a class (a digit, in a model of digits) to `seed`. Variant 0 is the most typical; after the last of
/// `pocketgan_seed_count` variants the first comes again.
pocketgan_status pocketgan_seed_of_class(const struct pocketgan_model *model,
                                         uint32_t class_number,
                                         uint32_t variant,
                                         uint32_t *seed);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* POCKETGAN_H */
