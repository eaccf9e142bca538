/* SPDX-License-Identifier: ISC */
#define STB_SPRINTF_IMPLEMENTATION
#define STB_PERLIN_IMPLEMENTATION
#define STB_RECT_PACK_IMPLEMENTATION
#define STB_DXT_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION

#include <stb/stb_dxt.h>
#include <stb/stb_image_write.h>
#include <stb/stb_perlin.h>
#include <stb/stb_rect_pack.h>
#include <stb/stb_sprintf.h>
