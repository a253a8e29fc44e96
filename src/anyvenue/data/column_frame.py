"""The frame of a column file (``.avc``) around its columns.

All little-endian: magic, u16 version, u32 length and msgpack of the header, u32 crc of these three; then chunks of
u32 rows, u32 length, u32 crc, 16 bytes of blake2b of the uncompressed columns, and the columns; then u32 zero,
u64 rows, u32 chunks, u32 crc of these two. A file without its end was cut short.
"""

import struct

__all__ = ["CHUNK", "CRC", "END", "FRONT", "MAGIC", "TOTALS", "VERSION"]

MAGIC = b"\x89AVC\r\n\x1a\n"
VERSION = 1
FRONT = struct.Struct("<HI")
CRC = struct.Struct("<I")
CHUNK = struct.Struct("<III16s")
TOTALS = struct.Struct("<QI")
END = struct.Struct("<IQII")
