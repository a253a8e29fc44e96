"""Describe an API of the CTP family from its vendor's headers, in the form of `venues/ctp/description/data`.

    python scripts/describe_headers.py mini 1.7.7 FOLDER-WITH-HEADERS > mini-1.7.7.json

Only the order and the names of fields, methods and codes are taken: what a program needs to speak to the library.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

TYPE, STRUCT = "TThostFtdc", "CThostFtdc"
# C types that some structs use without a name of the vendor's.
PLAIN = ("unsigned int",)
LONG = {"long long": "long long int"}


def read(folder: Path) -> str:
    """Return all headers of a folder without their comments."""
    text = "\n".join(
        path.read_text("gb18030", errors="replace") for path in sorted(folder.glob("*.h"))
    )
    return re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


def types(text: str) -> dict[str, Any]:
    """Return the scalar types: C type, length, codes by constant name."""
    found: dict[str, Any] = {plain: {"c": plain} for plain in PLAIN}
    codes: dict[str, str] = {}
    pattern = rf"#define\s+(\w+)\s+'(.)'|typedef\s+([\w ]+?)\s+{TYPE}(\w+)\s*(?:\[([\d +]+)\])?\s*;"
    for name, code, c, type_name, length in re.findall(pattern, text):
        if name:
            codes[name] = code
            continue
        found[type_name] = {"c": LONG.get(" ".join(c.split()), " ".join(c.split()))}
        if length:
            found[type_name]["len"] = sum(map(int, length.split("+")))
        if codes:
            found[type_name]["codes"] = codes
            codes = {}
    return found


def structs(text: str) -> dict[str, list[list[str]]]:
    """Return the fields of every struct, in order, as (name, type)."""
    bodies = re.findall(rf"struct\s+{STRUCT}(\w+)Field\s*\{{(.*?)\}}\s*;", text, re.DOTALL)
    return {
        name: [
            [field, plain or kind]
            for kind, plain, field in re.findall(
                rf"(?:{TYPE}(\w+)|({'|'.join(PLAIN)}))\s+(\w+)\s*;", body
            )
        ]
        for name, body in bodies
    }


def parameter(text: str) -> dict[str, str]:
    """Return one parameter: the struct it points to, or its C text."""
    pointed = re.match(rf"{STRUCT}(\w+)Field\s*\*\s*(\w+)$", text)
    return {"struct": pointed[1], "name": pointed[2]} if pointed else {"c": text}


def methods(text: str, class_name: str) -> list[dict[str, Any]]:
    """Return the virtual methods of a class in the order of their declaration."""
    body = re.search(rf"class\s+(?:\w+\s+)?{class_name}\s*\{{(.*?)\n\}}", text, re.DOTALL)
    if body is None:
        sys.exit(f"no class {class_name} in these headers")
    pattern = r"virtual\s+((?:const\s+char\s*\*)|void|int)\s*(\w+)\s*\(([^)]*)\)"
    return [
        {
            "name": name,
            "returns": "const char *" if "char" in returns else returns,
            "params": [
                parameter(" ".join(each.split())) for each in args.split(",") if each.strip()
            ],
        }
        for returns, name, args in re.findall(pattern, body[1])
    ]


def api(text: str, kind: str) -> dict[str, Any]:
    """Return one of the two APIs."""
    create = f"CreateFtdc{kind}Api"
    factory = re.search(rf"static\s+{STRUCT}{kind}Api\s*\*\s*{create}\s*\(([^)]*)\)", text)
    if factory is None:
        sys.exit(f"no factory {create} in these headers")
    return {
        "api_class": f"{STRUCT}{kind}Api",
        "spi_class": f"{STRUCT}{kind}Spi",
        "namespace": None,
        "create_name": create,
        "create": " ".join(factory[1].split()),
        "has_static_version": True,
        "api": methods(text, f"{STRUCT}{kind}Api"),
        "spi": methods(text, f"{STRUCT}{kind}Spi"),
    }


def main() -> None:
    """Write the description to standard output."""
    dialect, version, folder = sys.argv[1:4]
    text = read(Path(folder))
    topics = re.search(r"enum\s+THOST_TE_RESUME_TYPE\s*\{(.*?)\}", text, re.DOTALL)
    resume = re.findall(r"THOST_TERT_(\w+)", topics[1]) if topics else []
    described = {
        "dialect": dialect,
        "version": version,
        "type_prefix": TYPE,
        "struct_prefix": STRUCT,
        "resume_types": resume,
        "types": types(text),
        "structs": structs(text),
        "trader": api(text, "Trader"),
        "md": api(text, "Md"),
    }
    json.dump(described, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
