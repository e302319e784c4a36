"""Reads files in the decoder process and puts their pixels where the program can see them."""

import mmap
import os
import queue
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.imaging.colour import Pixels
from engine.imaging.decoders.base import Header
from engine.imaging.decoding import decode_photo, jpeg_tables, read_header
from engine.imaging.decoding_process.channel import Channel
from engine.imaging.decoding_process.protocol import (
    BLOCKS,
    Array,
    HeaderRead,
    PixelsRead,
    Request,
    Room,
    RoomNeeded,
    SizeKnown,
    TablesRead,
    pack,
)
from engine.imaging.decoding_process.segments import open_segment
from engine.imaging.icc import try_out


class Reader:
    """Answers requests; keeps the shared memory it was lent, to be used again."""

    def __init__(
        self, channel: Channel, incoming: "queue.SimpleQueue[tuple[Request | Room, int | None]]"
    ) -> None:
        self._channel = channel
        self._incoming = incoming
        self._segments: dict[int, mmap.mmap] = {}
        self._in_use: dict[int, int] = {}

    def read(self, path: Path, request: Request) -> bytes:
        """Return the packed answer to a request.

        Raises:
            EngineError: If the file cannot be read.
        """
        for index in request.forget:
            del self._segments[index]
        match request.want:
            case "header":
                info = read_header(path)
                return pack(
                    HeaderRead(
                        info.width_px,
                        info.height_px,
                        info.format,
                        info.bit_depth,
                        info.has_alpha,
                        info.camera,
                    )
                )
            case "tables":
                return pack(TablesRead(*jpeg_tables(path)))
            case "pixels":
                return self._read_pixels(path, request)

    def _read_pixels(self, path: Path, request: Request) -> bytes:
        photo = decode_photo(
            path,
            max_pixels=request.max_pixels,
            keep_16_bit=request.keep_16_bit,
            empty=self._shared,
            on_header=self._tell_size,
        )
        if photo.metadata.icc is not None:
            try_out(photo.metadata.icc)
        blocks = [getattr(photo.metadata, name) for name in BLOCKS]
        sizes = [-1 if block is None else len(block) for block in blocks]
        answer = PixelsRead(
            photo.format,
            self._place(photo.pixels),
            None if photo.alpha is None else self._place(photo.alpha),
            photo.notices,
            photo.metadata.dpi,
            (sizes[0], sizes[1], sizes[2], sizes[3]),
            photo.made_up_rows,
        )
        return pack(answer, tuple(block or b"" for block in blocks))

    def clean_up(self) -> None:
        """Let go of what belonged to the last photo."""
        self._in_use.clear()

    def _tell_size(self, header: Header) -> None:
        bytes_per_pixel = (4 if header.has_alpha else 3) * -(-header.bit_depth // 8)
        self._channel.send(pack(SizeKnown(header.width_px * header.height_px, bytes_per_pixel)))

    def _shared(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Pixels:
        """Return an uninitialised array in memory that the program sees, as `numpy.empty` would."""
        kind = np.dtype(dtype)
        count = int(np.prod(shape, dtype=np.int64))
        self._channel.send(pack(RoomNeeded(count * kind.itemsize)))
        room, descriptor = self._incoming.get()
        if not isinstance(room, Room):
            raise TypeError("room was asked for")
        if room.is_new:
            self._segments[room.index] = open_segment(room.size, descriptor, room.name)
            if descriptor is not None:
                os.close(descriptor)
        flat = np.frombuffer(self._segments[room.index], kind, count)
        self._in_use[flat.ctypes.data] = room.index
        return flat.reshape(shape)

    def _place(self, values: Pixels) -> Array:
        if not (values.flags.c_contiguous and values.ctypes.data in self._in_use):
            shared = self._shared(values.shape, values.dtype)
            np.copyto(shared, values)
            values = shared
        depth = values.dtype.itemsize * 8
        return Array(self._in_use[values.ctypes.data], values.shape, 8 if depth == 8 else 16)
