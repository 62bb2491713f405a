"""Prints a tree as Python sees it, for a comparison that has none of our code: a line for each entry, in order.

Usage: foreign_reader.py <root>. Without the root itself; a file's content as its SHA-256, a link's as its target.
"""

import hashlib
import os
import stat
import sys


def kind_and_content(path, status):
    if stat.S_ISDIR(status.st_mode):
        return "directory", ""
    if stat.S_ISLNK(status.st_mode):
        return "link", os.fsencode(os.readlink(path)).hex()
    if stat.S_ISREG(status.st_mode):
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return "file", f"{status.st_size} {digest}"
    return "special", ""


def print_tree(root, folder):
    with os.scandir(folder) as entries:
        names = sorted(os.fsencode(entry.name) for entry in entries)
    for name in names:
        path = os.path.join(folder, name)
        status = os.lstat(path)
        kind, content = kind_and_content(path, status)
        mode = stat.S_IMODE(status.st_mode)
        shown = os.path.relpath(path, root).hex()
        print(shown, kind, f"{mode:04o}", status.st_uid, status.st_gid, status.st_mtime_ns, content)
        if kind == "directory":
            print_tree(root, path)


root = os.fsencode(sys.argv[1])
print_tree(root, root)
