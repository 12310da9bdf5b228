"""evidence/mutate.py -- the mutants of a C file: one small wrong thing each, in a function's body

It knows C's words, and the house's way to write them (clang-format): a binary operator has a blank on both
sides, a statement that is a call stands on a line of its own.
"""
import collections
import re

Mutant = collections.namedtuple("Mutant", "line column kind start end text")

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
  | (?P<number>\b(?:0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*\b)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<op><<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%<>=!&|^~?:;,.(){}\[\]])
  | (?P<other>\S)
""", re.X | re.M | re.S)

BINARY = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="],
    "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"],
    "|": ["&"], "&": ["|"], "<<": [">>"], ">>": ["<<"], "+=": ["-="], "-=": ["+="], "|=": ["&="], "&=": ["|="],
}
KIND = {"&&": "logic", "||": "logic"}
COMPARED = ("<", "<=", ">", ">=", "==", "!=")
ANYWHERE = {"++": "--", "--": "++"}
TYPES = re.compile(r"\s*(static |const |unsigned |signed |struct \w+ |enum \w+ |char |int |long |bool |size_t |"
                   r"ssize_t |u?int\d+_t |double |socklen_t |time_t |pid_t |uid_t |gid_t )")


def tokens(text):
    return [m for m in TOKEN.finditer(text) if m.lastgroup not in ("comment", "directive")]


def in_bodies(text):
    """The tokens inside functions: a brace behind a closing parenthesis at the top opens one."""
    depth, body, last = 0, False, ""
    for t in tokens(text):
        word = t.group()
        if word == "{":
            body = body or (depth == 0 and last == ")")
            depth += 1
        elif word == "}":
            depth -= 1
            body = body and depth > 0
        elif body:
            yield t
        last = word


def blanks_around(text, t):
    return text[t.start() - 1] in " \n" and text[t.end()] in " \n"


def declared_size(text, t):
    """Is this the size of an array that is declared here? One more changes nothing."""
    start = text.rfind("\n", 0, t.start()) + 1
    return text[t.start() - 1] == "[" and TYPES.match(text[start:t.start()])


def of_operator(text, t):
    op = t.group()
    if op in ANYWHERE:
        yield "arithmetic", t.start(), t.end(), ANYWHERE[op]
    elif op in BINARY and blanks_around(text, t):
        kind = KIND.get(op, "comparison" if op in COMPARED else "arithmetic")
        for other in BINARY[op]:
            yield kind, t.start(), t.end(), other
    elif op == "!":
        yield "negation", t.start(), t.end(), ""


def of_number(text, t):
    word = t.group().lower().rstrip("ul")
    if not declared_size(text, t):
        value = int(word, 16) if word.startswith("0x") else int(word, 8 if re.match("0[0-7]", word) else 10)
        yield "constant", t.start(), t.end(), str(value + 1)
        if value == 1:
            yield "constant", t.start(), t.end(), "0"


def of_word(text, t):
    word = t.group()
    if word in ("true", "false"):
        yield "constant", t.start(), t.end(), "false" if word == "true" else "true"
    elif word in ("if", "while") and text[t.end():t.end() + 2] == " (":
        end = closing(text, t.end() + 1)
        if end:
            yield "condition", t.end() + 1, end, "(!" + text[t.end() + 1:end] + ")"
    elif word == "return" and text[t.end()] == " ":
        end = text.index(";", t.end())
        if not re.fullmatch(r" (0|NULL|true|false|-?\d+|\{.*)", text[t.end():end]):
            yield "return", t.end(), end, " 0"


def closing(text, start):
    """Behind the parenthesis that closes the one at `start`."""
    depth = 0
    for t in TOKEN.finditer(text, start):
        if t.lastgroup == "op":
            depth += {"(": 1, ")": -1}.get(t.group(), 0)
            if depth == 0:
                return t.end()
    return None


CALL = re.compile(r"^[ \t]+((?:\(void\))?[a-z_]\w*\()", re.M)
ASSIGNED = re.compile(r"^[ \t]+(\*?[a-z_][\w.>\[\]-]*(?:->|\.|\[)[\w.>\[\]-]* [-+|&]?= [^;{]*;)", re.M)


def of_statements(text, inside):
    """Calls and assignments to members that are statements of their own: left out."""
    for m in CALL.finditer(text):
        start = m.start(1)
        name = re.match(r"(?:\(void\))?(\w+)", m.group(1)).group(1)
        end = closing(text, m.end(1) - 1)
        if start in inside and end and text[end] == ";" and name not in ("if", "while", "for", "switch", "return", "sizeof"):
            yield "call", start, end, ""
    for m in ASSIGNED.finditer(text):
        if m.start(1) in inside:
            yield "assignment", m.start(1), m.end(1), ";"


def mutants(text):
    """All mutants of a file's text, in its order."""
    inside, found = set(), []
    by_group = {"op": of_operator, "number": of_number, "word": of_word}
    for t in in_bodies(text):
        inside.add(t.start())
        if t.lastgroup in by_group:
            found += by_group[t.lastgroup](text, t)
    found += of_statements(text, inside)
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    result = []
    for kind, start, end, new in sorted(found, key=lambda f: (f[1], f[2], f[3])):
        row = next(i for i in range(len(starts) - 1, -1, -1) if starts[i] <= start)
        result.append(Mutant(row + 1, start - starts[row] + 1, kind, start, end, new))
    return result
