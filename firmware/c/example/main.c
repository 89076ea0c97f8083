/* Draws digits and writes them to digits.idx in the format of MNIST's files: the pictures of four seeds, a morph of five
 * pictures, and one of each digit. The nine is shown as text. */
#include "pocketgan.h"
#include "semihosting.h"
#include "stack.h"

extern const uint8_t model_file[], model_file_end[];

enum { FIRST_SEED = 7, SEEDS = 4, FRAMES = 5, DIGITS = 10, PICTURES = SEEDS + FRAMES + DIGITS };

/* idx3-ubyte: the type, then the three sizes. */
static const uint8_t header[16] = {0, 0, 8, 3, 0, 0, 0, PICTURES, 0, 0, 0, POCKETGAN_SIDE, 0, 0, 0, POCKETGAN_SIDE};

static pocketgan_model model;
static uint8_t pixels[POCKETGAN_PIXELS];

/* Writes the picture in `pixels`, unless drawing it failed. */
static pocketgan_status keep(int file, pocketgan_status status)
{
    if (status == POCKETGAN_STATUS_OK)
        write_file(file, pixels, sizeof pixels);
    return status;
}

static pocketgan_status draw_seed(int file, uint32_t seed)
{
    return keep(file, pocketgan_draw_seed(&model, seed, pixels, sizeof pixels));
}

static pocketgan_status draw_digit(int file, uint32_t digit)
{
    uint32_t seed;
    pocketgan_status status = pocketgan_seed_of_class(&model, digit, 0, &seed);
    return status == POCKETGAN_STATUS_OK ? draw_seed(file, seed) : status;
}

static pocketgan_status draw_frame(int file, uint32_t frame)
{
    uint16_t weight = pocketgan_morph_weight(frame, FRAMES - 1);
    return keep(file, pocketgan_draw_morph(&model, FIRST_SEED, FIRST_SEED + 1, weight, pixels, sizeof pixels));
}

static pocketgan_status draw_all(int file)
{
    pocketgan_status status = pocketgan_open(&model, model_file, (size_t)(model_file_end - model_file));
    for (uint32_t seed = FIRST_SEED; seed < FIRST_SEED + SEEDS && status == POCKETGAN_STATUS_OK; seed++)
        status = draw_seed(file, seed);
    for (uint32_t frame = 0; frame < FRAMES && status == POCKETGAN_STATUS_OK; frame++)
        status = draw_frame(file, frame);
    for (uint32_t digit = 0; digit < DIGITS && status == POCKETGAN_STATUS_OK; digit++)
        status = draw_digit(file, digit);
    return status;
}

static void show(void)
{
    static char row[2 * POCKETGAN_SIDE + 2] = {[2 * POCKETGAN_SIDE] = '\n'};
    for (const uint8_t *pixel = pixels; pixel < pixels + POCKETGAN_PIXELS; pixel += POCKETGAN_SIDE) {
        for (int column = 0; column < 2 * POCKETGAN_SIDE; column++)
            row[column] = " .:-=+*#%@"[pixel[column / 2] * 10 / 256];
        say(row);
    }
}

/* In hexadecimal, for which no M0 needs a library. */
static void say_number(uint32_t number)
{
    static char digits[9];
    for (int place = 0; place < 8; place++)
        digits[place] = "0123456789abcdef"[number >> (28 - 4 * place) & 0xf];
    say(digits);
}

int main(void)
{
    int file = open_file("digits.idx");
    write_file(file, header, sizeof header);
    pocketgan_status status = draw_all(file);
    if (status == POCKETGAN_STATUS_OK)
        show();
    else
        say(pocketgan_status_text(status));
    say("\npocketgan ");
    say(pocketgan_version());
    say(", stack 0x");
    say_number(deepest_stack());
    say("\n");
    return status;
}
