// The header serves C++, too.
#include "pocketgan.h"

static_assert(sizeof(pocketgan_model) == 4 * POCKETGAN_MODEL_WORDS, "a handle has the size that the header states");
static_assert(sizeof(pocketgan_status) == 4, "a status is a number of 32 bits, whatever the compiler's enumerations are");

extern "C" const char *meaning(pocketgan_status status);

const char *meaning(pocketgan_status status)
{
    return pocketgan_status_text(status);
}
