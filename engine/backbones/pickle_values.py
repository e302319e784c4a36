"""Reads a pickle of weights as a description: values, containers, and tensors that lie elsewhere.

A pickle is a program. Python's own machines run it, and even torch's careful one lets it make
`bytearray(8_000_000_000)` or `torch.Tensor(100_000, 100_000)` of a few bytes. This one knows only
what files of weights are written with, calls nothing, and makes nothing larger than what the file
itself holds; so no process of its own and no limit of memory or time is needed around it.
"""

import itertools
import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Final

_MOST_STEPS = 2_000_000
"""A network of 10,000 layers takes a tenth of it. Each makes an object of less than 100 bytes."""
_MOST_NUMBER = 1 << 62
_MOST_AXES = 16

_REBUILDERS: Final = frozenset({"_rebuild_tensor", "_rebuild_tensor_v2"})
_PASSED_ON: Final = frozenset({"_rebuild_parameter", "_rebuild_parameter_with_state"})
_UNUSED: Final = frozenset(
    {"collections.Counter", "_codecs.encode", "torch.device", "torch.serialization._get_layout"}
)


class ForbiddenGlobal(Exception):  # noqa: N818 - it never leaves this package
    """The pickle wants something that no file of weights needs.

    Args:
        name: Of the function or class, with its module.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Global:
    """A function, class or type that the pickle names."""

    name: str


@dataclass(frozen=True, slots=True)
class TensorStorage:
    """Numbers that lie elsewhere in the file.

    Attributes:
        kind: torch's class of them, such as "FloatStorage".
        key: Where they lie.
        numel: How many the pickle says there are.
    """

    kind: str
    key: str
    numel: int


@dataclass(eq=False, slots=True)
class TensorRecord:
    """A tensor as a view of a storage; in elements. None where it is of a kind networks lack."""

    storage: TensorStorage | None
    offset: int = 0
    shape: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Unused:
    """Something of no use to a network, left out."""

    name: str


class PickleValues:
    """One pickle, read.

    Attributes:
        value: What it holds.
        tensors: Every tensor in it.
        containers: Every dictionary and list in it.
    """

    def __init__(self, file: IO[bytes], is_allowed: Callable[[str], bool]) -> None:
        """Read up to the pickle's end.

        Args:
            file: At its beginning; afterwards right behind it.
            is_allowed: Tells whether a name may occur at all.

        Raises:
            ForbiddenGlobal: If another name occurs, or one is called that is only to be named.
            ValueError, TypeError, LookupError, AttributeError: If it is damaged, or uses what
                files of weights do not.
        """
        self.tensors: list[TensorRecord] = []
        self.containers: list[dict[Any, Any] | list[Any]] = []
        self._is_allowed = is_allowed
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._copied_items = 0
        self.value = self._read(file)

    def _read(self, file: IO[bytes]) -> Any:
        steps = pickletools.genops(file)
        for opcode, argument, _position in itertools.islice(steps, _MOST_STEPS):
            if opcode.name == "STOP":
                return self._stack.pop()
            if opcode.name in _CONSTANTS:
                self._stack.append(_CONSTANTS[opcode.name])
            elif opcode.name in _WITH_VALUE:
                self._stack.append(argument)
            elif opcode.name in _STEPS:
                _STEPS[opcode.name](self, argument)
            else:
                raise ValueError(f"no file of weights holds {opcode.name}")
        raise ValueError("it does not end")

    def _nothing(self, _argument: Any) -> None:
        """Take note of a protocol or a frame, which change nothing here."""

    def _mark(self, _argument: Any) -> None:
        self._below.append(self._stack)
        self._stack = []

    def _since_mark(self) -> list[Any]:
        items = self._stack
        self._stack = self._below.pop()
        return items

    def _pop(self, _argument: Any) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._since_mark()

    def _pop_mark(self, _argument: Any) -> None:
        self._since_mark()

    def _put(self, argument: Any) -> None:
        self._memo[len(self._memo) if argument is None else int(argument)] = self._stack[-1]

    def _get(self, argument: Any) -> None:
        self._stack.append(self._memo[int(argument)])

    def _new_dict(self, items: list[Any]) -> None:
        made: dict[Any, Any] = {}
        self.containers.append(made)
        self._stack.append(made)
        self._fill(items)

    def _new_list(self, items: list[Any]) -> None:
        self.containers.append(items)
        self._stack.append(items)

    def _dict(self, _argument: Any) -> None:
        self._new_dict(self._since_mark())

    def _empty_dict(self, _argument: Any) -> None:
        self._new_dict([])

    def _list(self, _argument: Any) -> None:
        self._new_list(self._since_mark())

    def _empty_list(self, _argument: Any) -> None:
        self._new_list([])

    def _set_item(self, _argument: Any) -> None:
        value = self._stack.pop()
        self._fill([self._stack.pop(), value])

    def _set_items(self, _argument: Any) -> None:
        self._fill(self._since_mark())

    def _fill(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise ValueError("keys and values outside a dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            # Looking a tuple up goes through all of it: nested ones would take for ever.
            if not isinstance(key, str | int | float | bytes | None):
                raise ValueError("a dictionary with an odd key")  # noqa: TRY004
            target[key] = value

    def _append(self, _argument: Any) -> None:
        item = self._stack.pop()
        self._extend([item])

    def _appends(self, _argument: Any) -> None:
        self._extend(self._since_mark())

    def _extend(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, list):
            raise ValueError("items outside a list")  # noqa: TRY004 - it is the file's fault
        target.extend(items)

    def _tuple(self, _argument: Any) -> None:
        items = tuple(self._since_mark())
        self._stack.append(items)

    def _short_tuple(self, count: int) -> None:
        items = tuple(self._stack[len(self._stack) - count :])
        if len(items) != count:
            raise ValueError("a tuple that lacks items")
        del self._stack[len(self._stack) - count :]
        self._stack.append(items)

    def _global(self, argument: Any) -> None:
        module, _, name = str(argument).partition(" ")
        self._name(module, name)

    def _stack_global(self, _argument: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._name(str(module), str(name))

    def _name(self, module: str, name: str) -> None:
        full = f"{module.replace('__builtin__', 'builtins')}.{name}"
        if full not in _UNUSED and not self._is_allowed(full):
            raise ForbiddenGlobal(full)
        self._stack.append(Global(full))

    def _persistent(self, _argument: Any) -> None:
        described = self._stack.pop()
        tag, kind, key, _device, numel = described[:5]
        view = described[5] if len(described) > 5 else None
        if tag not in {"storage", b"storage"} or view is not None:
            raise ValueError("a reference to something else than numbers")
        if not isinstance(kind, Global) or not isinstance(key, str | int):
            raise ValueError("a reference that names no numbers")  # noqa: TRY004
        self._stack.append(TensorStorage(kind.name.rpartition(".")[2], str(key), _number(numel)))

    def _reduce(self, _argument: Any) -> None:
        arguments = self._stack.pop()
        function = self._stack.pop()
        if not isinstance(function, Global) or not isinstance(arguments, tuple):
            raise ValueError("a call of what is no function")  # noqa: TRY004
        self._call(function.name, arguments)

    def _call(self, name: str, arguments: tuple[Any, ...]) -> None:
        short = name.rpartition(".")[2]
        if name == "collections.OrderedDict":
            pairs = self._copied(arguments[0]) if arguments else []
            self._new_dict([item for key, value in pairs for item in (key, value)])
        elif name == "torch._tensor._rebuild_from_type_v2":
            self._call(arguments[0].name, arguments[2])
        elif short in _PASSED_ON:
            self._stack.append(arguments[0])
        elif short in _REBUILDERS:
            self._tensor(*arguments[:4])
        elif short.startswith("_rebuild_"):
            self._keep(TensorRecord(None))
        elif name == "torch.Size":
            self._stack.append(tuple(self._copied(arguments[0])))
        elif name in _UNUSED:
            self._stack.append(Unused(name))
        else:
            raise ForbiddenGlobal(name)

    def _copied(self, items: Any) -> list[Any]:
        # One list may be copied again and again, by a few bytes each time.
        self._copied_items += len(items)
        if self._copied_items > _MOST_STEPS:
            raise ValueError("a list that is copied without end")
        return list(items)

    def _tensor(self, storage: Any, offset: Any, shape: Any, stride: Any) -> None:
        if not isinstance(storage, TensorStorage) or not len(shape) == len(stride) <= _MOST_AXES:
            raise ValueError("a tensor of nothing")
        sides, steps = tuple(map(_number, shape)), tuple(map(_number, stride))
        self._keep(TensorRecord(storage, _number(offset), sides, steps))

    def _keep(self, record: TensorRecord) -> None:
        self.tensors.append(record)
        self._stack.append(record)

    def _build(self, _argument: Any) -> None:
        self._stack.pop()  # what an OrderedDict or a parameter is told besides is of no use
        if not isinstance(self._stack[-1], dict | TensorRecord | Unused):
            raise ValueError("a state of something that has none")  # noqa: TRY004


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _MOST_NUMBER:
        raise ValueError("a size that is no number")
    return value


_CONSTANTS: Final = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_WITH_VALUE: Final = frozenset(
    {
        *("INT", "LONG", "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
        *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    }
)
_STEPS: Final[dict[str, Callable[[PickleValues, Any], None]]] = {
    "PROTO": PickleValues._nothing,
    "FRAME": PickleValues._nothing,
    "MARK": PickleValues._mark,
    "POP": PickleValues._pop,
    "POP_MARK": PickleValues._pop_mark,
    "PUT": PickleValues._put,
    "BINPUT": PickleValues._put,
    "LONG_BINPUT": PickleValues._put,
    "MEMOIZE": PickleValues._put,
    "GET": PickleValues._get,
    "BINGET": PickleValues._get,
    "LONG_BINGET": PickleValues._get,
    "EMPTY_DICT": PickleValues._empty_dict,
    "DICT": PickleValues._dict,
    "SETITEM": PickleValues._set_item,
    "SETITEMS": PickleValues._set_items,
    "EMPTY_LIST": PickleValues._empty_list,
    "LIST": PickleValues._list,
    "APPEND": PickleValues._append,
    "APPENDS": PickleValues._appends,
    # A set is of no use to a network: a list of its items does as well, and looks nothing up.
    "EMPTY_SET": PickleValues._empty_list,
    "FROZENSET": PickleValues._list,
    "ADDITEMS": PickleValues._appends,
    "TUPLE": PickleValues._tuple,
    "TUPLE1": lambda values, _argument: values._short_tuple(1),
    "TUPLE2": lambda values, _argument: values._short_tuple(2),
    "TUPLE3": lambda values, _argument: values._short_tuple(3),
    "GLOBAL": PickleValues._global,
    "STACK_GLOBAL": PickleValues._stack_global,
    "BINPERSID": PickleValues._persistent,
    "REDUCE": PickleValues._reduce,
    "BUILD": PickleValues._build,
}
