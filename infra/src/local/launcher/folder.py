"""Ends with the folder of the local cloud: when it is removed, and when it is moved.

The folder is this process's own, so that what is saved lands in it wherever it is moved to.
"""

import os
import signal
import threading
import time

EVERY_SECONDS = 1.0


def watch():
    threading.Thread(target=_watch, args=(os.getcwd(),), name="folder", daemon=True).start()


def _watch(path):
    own = os.stat(".")
    while _is_at(own, path):
        time.sleep(EVERY_SECONDS)
    if os.readlink("/proc/self/cwd").endswith(" (deleted)"):
        # There is nothing to save in. The functions are processes of this group.
        os.killpg(0, signal.SIGKILL)
    # Moved: everything is saved on the way out.
    os.kill(os.getpid(), signal.SIGTERM)


def _is_at(own, path):
    try:
        return os.path.samestat(own, os.stat(path))
    except FileNotFoundError:
        return False
