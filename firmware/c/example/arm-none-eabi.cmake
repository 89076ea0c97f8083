# The cross compiler: cmake -DCMAKE_TOOLCHAIN_FILE=arm-none-eabi.cmake -DTARGET_FLAGS="-mcpu=cortex-m0"
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
# There is no libc to link a test program with.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TARGET_FLAGS)

set(TARGET_FLAGS "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard" CACHE STRING "the core")
foreach(language C CXX ASM)
    set(CMAKE_${language}_FLAGS_INIT "-mthumb ${TARGET_FLAGS}")
endforeach()
