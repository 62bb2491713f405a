"""The model judge: a request's parameters against botocore's service model.

SDKs check types and what is required. Patterns, lengths, ranges, enumerations and sizes are checked by the service
alone, and by nothing in a local cloud.
"""

import regex

from judge.wire import LONGEST_TEXT, model


def violations(operation):
    """Where, of which kind, and why; of one parsed request."""
    found = []
    described = model(operation["service"]).operation_model(operation["operation"])
    if described.deprecated:
        found.append(("", "deprecated operation", operation["operation"]))
    if described.input_shape is not None:
        check(described.input_shape, operation["parameters"], "", lambda *one: found.append(one))
    return found


def check(shape, value, path, say):
    if value is None:
        return
    by_type = {
        "structure": check_structure,
        "list": check_list,
        "map": check_map,
        "string": check_string,
        "blob": check_blob,
    }
    numbers = ("integer", "long", "double", "float")
    if shape.type_name in numbers and isinstance(value, (int, float)):
        bounds(shape, value, path, "range", say)
    elif shape.type_name in by_type:
        by_type[shape.type_name](shape, value, path, say)


def check_structure(shape, value, path, say):
    if not isinstance(value, dict) or "__stream__" in value:
        return
    for name in shape.required_members:
        if value.get(name) is None:
            say(path, "required", f"`{name}` is missing")
    for name, one in value.items():
        if name in shape.members:
            if shape._shape_model["members"][name].get("deprecated"):
                say(f"{path}.{name}", "deprecated", name)
            check(shape.members[name], one, f"{path}.{name}", say)
        elif not name.startswith("__"):
            say(path, "unknown member", name)


def check_list(shape, value, path, say):
    if isinstance(value, list):
        bounds(shape, len(value), path, "size", say)
        for one in value:
            check(shape.member, one, f"{path}[]", say)


def check_map(shape, value, path, say):
    if isinstance(value, dict):
        bounds(shape, len(value), path, "size", say)
        for key, one in value.items():
            check(shape.key, key, f"{path}.key", say)
            check(shape.value, one, f"{path}.value", say)


def check_string(shape, value, path, say):
    if not isinstance(value, str):
        return
    bounds(shape, len(value), path, "length", say)
    allowed, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
    if allowed and value not in allowed:
        say(path, "enum", f"`{value[:60]}` is none of {allowed[:8]}")
    if pattern and not matches(pattern, value):
        say(path, "pattern", f"`{value[:90]}` against `{pattern[:110]}`")


def matches(pattern, value):
    try:
        return regex.fullmatch(pattern, value) is not None
    except regex.error:
        # A pattern in the syntax of another language.
        return True


def check_blob(shape, value, path, say):
    # Only its length was kept; of code that the recorder cut out not even that.
    if isinstance(value, dict) and 0 < value.get("__bytes__", 0) <= LONGEST_TEXT:
        bounds(shape, value["__bytes__"], path, "length", say)


def bounds(shape, number, path, kind, say):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and number < float(least):
        say(path, kind, f"{number} < {least}")
    if most is not None and number > float(most):
        say(path, kind, f"{number} > {most}")
