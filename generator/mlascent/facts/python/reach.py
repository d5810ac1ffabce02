"""What running a module or function can execute: by name, within the repository."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlascent.facts.python.dispatch import IMPORTS, Tables, among
from mlascent.facts.python.model import Module

_MOST_STEPS = 200_000
#: Decorators that register nothing: a function that has only these runs when it is called.
_PASSIVE = {
    "staticmethod", "classmethod", "property", "cached_property", "cache", "lru_cache", "wraps",
    "contextmanager", "asynccontextmanager", "dataclass", "overload", "override", "abstractmethod",
    "total_ordering", "setter", "final",
    "singledispatch", "no_type_check", "timer", "retry", "njit", "jit", "no_grad", "inference_mode",
}  # fmt: skip
_REGISTERS = {
    "command",
    "callback",
    "get",
    "post",
    "put",
    "delete",
    "patch",
    "route",
    "websocket",
    "on_event",
    "middleware",
}


class Graph:
    """Names of a repository, and what stands behind them."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        """Take all modules."""
        self.modules = modules
        self.named: dict[str, Module] = {}
        for module in sorted(modules.values(), key=lambda m: (m.test, m.path.count("/"), m.path)):
            self.named.setdefault(module.name, module)
        self.tables = Tables(modules, self.named)
        self._methods: dict[str, dict[str, list[str]]] = {}
        self._resolved: dict[tuple[str, str], tuple[Module, str] | None] = {}

    def module_of(self, name: str) -> tuple[Module, str] | None:
        """The module that a dotted name begins with, and the rest of the name."""
        parts = name.split(".")
        for size in range(len(parts), 0, -1):
            module = self.named.get(".".join(parts[:size]))
            if module:
                return module, ".".join(parts[size:])
        return None

    def beside(self, module: Module, name: str) -> tuple[Module, str] | None:
        """The module that a script means: its own folder, where that is no package, is on its path."""
        folder = module.name.rpartition(".")[0]
        if not folder or folder in self.named:
            return None
        found = self.module_of(f"{folder}.{name}")
        return found if found and found[0].name.startswith(f"{folder}.") else None

    def resolve(self, module: Module, name: str) -> tuple[Module, str] | None:
        """The module and qualified name that a name means; the rest is empty for a module."""
        key = (module.path, name)
        if key not in self._resolved:
            self._resolved[key] = self._resolve(module, name)
        return self._resolved[key]

    def _resolve(self, module: Module, name: str, depth: int = 0) -> tuple[Module, str] | None:
        if depth > 8 or not name or name.startswith("."):
            return None
        head = name.split(".")[0]
        if head in module.functions or head in module.raw["tables"]:
            return module, name
        found = self.module_of(name) or self.beside(module, name)
        if found is None or not found[1]:
            return found
        inner, rest = found
        head = rest.split(".")[0]
        if head in inner.functions or head in inner.raw["tables"]:
            return inner, rest
        for item in inner.imports:  # taken from elsewhere
            if item.alias == head and item.name:
                whole = ".".join([item.module, item.name, *rest.split(".")[1:]])
                return self._resolve(inner, whole, depth + 1)
        return inner, ""

    def methods(self, module: Module, owner: str) -> list[str]:
        """Qualified names of a class's methods."""
        if module.path not in self._methods:
            found: dict[str, list[str]] = {}
            for name in module.functions:
                found.setdefault(name.rpartition(".")[0], []).append(name)
            self._methods[module.path] = found
        return self._methods[module.path].get(owner, [])


class Walk:
    """One search."""

    def __init__(self, graph: Graph, argument: str) -> None:
        """Begin with nothing."""
        self.graph, self.argument = graph, argument
        self.found: set[tuple[str, str]] = set()
        self.queue: list[tuple[Module, str]] = []
        self.entered: set[str] = set()  # packages that are run
        self.mentioned: set[str] = set()  # names of methods that something calls
        self.waiting: dict[str, list[tuple[Module, str]]] = {}  # method → where it is, until it is called

    def add(self, module: Module, name: str) -> None:
        """Something that runs."""
        if (module.path, name) not in self.found and len(self.found) < _MOST_STEPS:
            self.found.add((module.path, name))
            self.queue.append((module, name))

    def run(self) -> frozenset[tuple[str, str]]:
        """Follow names until nothing is new."""
        while self.queue:
            module, name = self.queue.pop()
            if name:
                self.add(module, "")
                self.function(module, name)
            else:
                self.level(module)
        return frozenset(self.found)

    def enter(self, entry: str) -> None:
        """A path that is run as a program, or `path::function`."""
        path, _, name = entry.partition("::")
        module = self.graph.modules.get(path)
        if module is None:
            return
        self.add(module, name)
        self.entered.add(module.package)
        if not name:
            self.names(module, [module.absolute(n) for n in module.raw["main_names"]])
            self.imports(module, "")

    def level(self, module: Module) -> None:
        """What importing a module runs."""
        above = module.name
        while "." in above:
            above = above.rpartition(".")[0]
            parent = self.graph.named.get(above)
            if parent is not None:
                self.add(parent, "")
        self.imports(module, "")
        self.names(module, [module.absolute(name) for name in module.raw["names"]])
        self.guards(module, "")
        for name, function in module.functions.items():
            words = [d.rpartition(".")[2] for d in function.decorators]
            active = [word for word in words if word and word not in _PASSIVE]
            if (
                function.kind == "function"
                and active
                and "." not in name
                and self.chosen(module, name, active)
            ):
                self.add(module, name)

    def chosen(self, module: Module, name: str, decorators: list[str]) -> bool:
        """Whether a function that a decorator registers can run: a command of another word cannot."""
        if not self.argument or not {"command", "group"} & set(decorators):
            return not set(decorators) <= {"fixture", "mark", "parametrize"}
        bare = name.replace("_", "-")
        function = module.functions[name]
        above = [c for c in module.calls if c.name.endswith(".command") and c.line <= function.line]
        nearest = max(above, key=lambda call: call.line, default=None)
        given = (*nearest.args, nearest.keywords.get("name"))[0] if nearest else None
        commands = [
            n for n, f in module.functions.items() if any(d.endswith("command") for d in f.decorators)
        ]
        return len(commands) < 2 or self.argument in (bare, name, given)

    def function(self, module: Module, name: str) -> None:
        """What a function's body names, or what making an object of a class runs."""
        function = module.functions.get(name)
        if function is None:
            return
        self.imports(module, name)
        self.names(module, function.names)
        if not IMPORTS.isdisjoint(function.names):
            self.plugins(module, function.line, function.end)
        self.guards(module, name)
        if function.kind == "function":
            for inner in self.graph.methods(module, name):  # functions inside: registered, or named
                decorators = {d.rpartition(".")[2] for d in module.functions[inner].decorators}
                if inner.rpartition(".")[2] in function.names or decorators - _PASSIVE - {""}:
                    self.add(module, inner)
        if function.kind == "class":
            foreign = any(self.graph.resolve(module, base) is None for base in function.bases)
            for method in self.graph.methods(module, name):
                bare = method.rpartition(".")[2]
                if foreign or bare.startswith("__") or bare in self.mentioned:
                    self.add(module, method)
                else:
                    self.waiting.setdefault(bare, []).append((module, method))

    def guards(self, module: Module, scope: str) -> None:
        """Names that stand in branches by a word."""
        for inside, words, chain, names in module.raw["guards"]:
            if inside == scope and self.open(module, words, chain):
                self.names(module, [module.absolute(name) for name in names])

    def open(self, module: Module, words: list[str], chain: list[str]) -> bool:
        """Whether the argument can lead into a branch."""
        if not self.argument:
            return True
        if self.argument in chain:
            return self.argument in words
        return not words or not among(module, self.argument, chain)

    def imports(self, module: Module, scope: str) -> None:
        """Modules that a scope imports run at their level."""
        for item in module.imports:
            if item.inside == scope:
                for name in (f"{item.module}.{item.name}", item.module) if item.name else (item.module,):
                    target = self.graph.named.get(name)
                    if target is not None and target is not module:
                        self.add(target, "")
                        break

    def plugins(self, module: Module, first: int, last: int) -> None:
        """Modules that a function imports by a text: their functions run where something calls their name."""
        for home in self.graph.tables.plugins(module, first, last):
            self.add(home, "")
            for name, function in home.functions.items():
                if "." in name or function.kind != "function" or (home.path, name) in self.found:
                    continue
                if name in self.mentioned:
                    self.add(home, name)
                else:
                    self.waiting.setdefault(name, []).append((home, name))

    def names(self, module: Module, names: Iterable[str]) -> None:
        """Follow names to functions, classes and tables."""
        several = list(names)
        loose = "getattr" in several or "globals" in several
        if loose and not IMPORTS.isdisjoint(several):
            own = module.package in self.entered
            for home, function in self.graph.tables.of(module, self.argument, own):
                self.add(home, function)
        for name in several:
            bare = name.rpartition(".")[2]
            if "." in name and bare not in self.mentioned:
                self.mentioned.add(bare)
                for owner, method in self.waiting.pop(bare, ()):
                    self.add(owner, method)
            found = self.graph.resolve(module, name)
            if found is None:
                continue
            target, rest = found
            if not rest:
                self.add(target, "")
                if loose and target is not module:
                    for function in target.functions:
                        self.add(target, function)
                continue
            head = rest.split(".")[0]
            table = target.raw["tables"].get(head)
            if table is not None:
                chosen = [table[self.argument]] if self.argument in table else list(table.values())
                self.add(target, "")
                self.names(target, [target.absolute(value) for value in chosen])
            else:
                self.add(target, head)
                if rest in target.functions:
                    self.add(target, rest)
