"""The binaries of the functions, each kept once in `functions/<sha256>/bootstrap`.

`efs-s3 deploy --local` uploads a stand-in that names its binary (`crates/reconciler/src/local_code.rs`). When MiniStack has
unpacked one, a link to the binary takes its place.
"""

import glob
import os
import re
import shutil
import zipfile

from ministack.services import lambda_svc

STAND_IN = re.compile(rb"\x7fELF.{60}efs-s3 function ([0-9a-f]{64})\n", re.DOTALL)
LARGEST_STAND_IN = 1024


def install():
    remove_unused()
    lambda_svc._provided_runtime_code_dir = linking_binaries(lambda_svc._provided_runtime_code_dir)


def remove_unused():
    """Removes the binaries that no package names. Nothing is deployed while this process starts."""
    used = {digest_in(package) for package in glob.glob(os.path.join(lambda_svc.CODE_BLOB_DIR, "*.zip"))}
    for folder in glob.glob("functions/*"):
        if os.path.basename(folder) not in used:
            shutil.rmtree(folder, ignore_errors=True)


def digest_in(package):
    with zipfile.ZipFile(package) as archive, archive.open("bootstrap") as file:
        return digest(file)


def digest(file):
    match = STAND_IN.fullmatch(file.read(LARGEST_STAND_IN))
    return match and match[1].decode()


def linking_binaries(unpack):
    def unpack_and_link(package):
        folder = unpack(package)
        link_binary(os.path.join(folder, "bootstrap"))
        return folder

    return unpack_and_link


def link_binary(path):
    with open(path, "rb") as file:
        named = digest(file)
    if named:
        link = f"{path}.{os.urandom(8).hex()}"
        os.symlink(os.path.abspath(f"functions/{named}/bootstrap"), link)
        os.replace(link, path)
