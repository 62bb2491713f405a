"""Prints a tree as Python sees it: one line for each entry below the folder, sorted by the bytes of its path."""

import hashlib
import os
import stat
import sys


def entries(folder, above=b""):
    with os.scandir(folder) as found:
        for entry in found:
            path = above + entry.name
            yield path, entry.path
            if entry.is_dir(follow_symlinks=False):
                yield from entries(entry.path, path + b"/")


for path, place in sorted(entries(os.fsencode(sys.argv[1]))):
    seen = os.lstat(place)
    content = b""
    if stat.S_ISREG(seen.st_mode):
        with open(place, "rb") as file:
            content = file.read()
    digest = hashlib.sha256(content).hexdigest()
    print(path.hex(), oct(seen.st_mode), seen.st_uid, seen.st_gid, seen.st_mtime_ns, digest)
