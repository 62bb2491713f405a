"""MiniStack's state on the disk while it runs: a process that is killed has lost nothing that it answered.

MiniStack 1.5.33 saves its services when it ends, and only then. Here a service is saved before a call that changes it is
answered, where that takes no time to speak of; where it takes more, moments later. What calls bring about in other
services (log lines, metrics, messages) is saved every few seconds. Whatever is not saved yet stands in `unsaved.json`,
which `efs-s3 local up` reads when `running.json` tells that the process before did not end by itself.

Objects of S3 are files already (`S3_PERSIST`).
"""

import functools
import hashlib
import json
import logging
import os
import re
import threading
import time

from ministack import app
from ministack.core import persistence

log = logging.getLogger("saving")

# A service that is saved within this time (of a processor) is saved before the answer.
AT_ONCE_SECONDS = 0.01
# Between rounds of the others; a round that takes long is followed by a pause that is longer still.
PAUSE_SECONDS = 0.2
ALL_EVERY_SECONDS = 2.0
PAUSE_PER_SECOND_OF_WORK = 10

READS = re.compile("Describe|Get|List|Head|Lookup|Filter|Simulate|Test|BatchGet|StartQuery|Invoke")


def install():
    saver = Saver()
    find_module = app._get_module
    app._get_module = lambda name: saver.follow(name, find_module(name))
    app.save_all = saver.end
    saver.begin()


class Saver:
    def __init__(self):
        self.keys = {module: key for key, module in app._state_map.items()}
        self.followed = {}
        self.locks = {}
        self.seconds = {}
        self.digests = {}
        # Services that a call changed and that are not saved yet.
        self.changed = set()
        # Since when other services may have changed with them; milliseconds since the epoch.
        self.others_since = None
        # The same, of the round that is under way.
        self.being_saved_since = None
        self.mark = None
        self.unsynced = set()
        self.guard = threading.Lock()
        self.wake = threading.Event()
        self.ended = False
        self.all_saved_at = 0.0
        self.all_took = 0.0

    def begin(self):
        os.makedirs(persistence.STATE_DIR, exist_ok=True)
        with open("/proc/sys/kernel/random/boot_id") as boot:
            replace("running.json", json.dumps({"boot": boot.read().strip()}))
        threading.Thread(target=self.run, name="saving", daemon=True).start()

    def follow(self, name, module):
        if name in self.followed or name not in self.keys or not hasattr(module, "get_state"):
            return module
        key, handle = self.keys[name], module.handle_request
        self.followed[name] = module
        self.locks[key] = threading.Lock()
        if name == "lambda_svc":
            code_is_kept_in_files(module)
        if name == "s3":
            locks_are_kept(module)

        @functools.wraps(handle)
        async def handle_and_save(method, path, headers, body, query, *rest, **options):
            answer = await handle(method, path, headers, body, query, *rest, **options)
            if not reads(method, headers, body, query):
                self.note(key, module, is_about_an_object(name, path))
            return answer

        module.handle_request = handle_and_save
        return module

    def note(self, key, module, elsewhere_only):
        with self.guard:
            self.others_since = self.others_since or int(time.time() * 1000)
            if not elsewhere_only:
                self.changed.add(key)
        # Of Lambda's state only new code takes long, and that only once.
        quick = key == "lambda" or self.seconds.get(key, 0) < AT_ONCE_SECONDS
        if not elsewhere_only and quick:
            self.save(key, module.get_state, wait=False)
        self.tell_unsaved()
        self.wake.set()

    def save(self, key, get_state, wait=True):
        """Saves one service. Without `wait` not if it is being saved already: the next round does."""
        lock = self.locks.setdefault(key, threading.Lock())
        if not lock.acquire(blocking=wait):
            return
        try:
            began = time.thread_time()
            with self.guard:
                self.changed.discard(key)
            state = get_state()
            if state is None:
                return
            wrapped = {"__ministack_format__": persistence._state_format_version(key), "payload": state}
            text = json.dumps(wrapped, default=persistence._json_default)
            digest = hashlib.blake2b(text.encode()).digest()
            if self.digests.get(key) != digest:
                replace(f"{key}.json", text)
                self.digests[key] = digest
                self.unsynced.add(f"{key}.json")
            self.seconds[key] = time.thread_time() - began
        except Exception as error:
            # A dictionary that changed while it was read, mostly: it is read again.
            with self.guard:
                self.changed.add(key)
            log.debug("%s is saved later: %s", key, error)
        finally:
            lock.release()

    def run(self):
        while not self.ended:
            self.wake.wait()
            self.wake.clear()
            began = time.monotonic()
            try:
                self.save_changed()
            except Exception:
                log.exception("saving the state failed")
            time.sleep(PAUSE_SECONDS + PAUSE_PER_SECOND_OF_WORK * (time.monotonic() - began))
            if self.others_since or self.changed:
                self.wake.set()

    def save_changed(self):
        states = app._build_persistence_save_dict()
        for key in sorted(self.changed):
            if key in states:
                self.save(key, states[key])
        pause = max(ALL_EVERY_SECONDS, PAUSE_PER_SECOND_OF_WORK * self.all_took)
        if self.others_since and time.monotonic() - self.all_saved_at > pause:
            began = time.monotonic()
            with self.guard:
                self.being_saved_since, self.others_since = self.others_since, None
            for key, get_state in states.items():
                self.save(key, get_state)
            self.being_saved_since = None
            self.all_saved_at = time.monotonic()
            self.all_took = self.all_saved_at - began
        self.tell_unsaved()
        while self.unsynced:
            sync(self.unsynced.pop())

    def tell_unsaved(self):
        with self.guard:
            mark = (sorted(self.changed), self.being_saved_since or self.others_since)
            if mark == self.mark:
                return
            self.mark = mark
            services, since = mark
            if services or since:
                replace("unsaved.json", json.dumps({"services": services, "others_since": since}))
            else:
                remove("unsaved.json")

    def end(self, states):
        """In place of MiniStack's own `save_all`."""
        self.ended = True
        for key, get_state in states.items():
            for _attempt in range(5):
                self.save(key, get_state)
                if key not in self.changed:
                    break
                time.sleep(0.1)
            else:
                log.error("%s could not be saved", key)
        while self.unsynced:
            sync(self.unsynced.pop())
        if not self.changed:
            remove("unsaved.json")
            remove("running.json")


def reads(method, headers, body, query):
    """Whether a call changes nothing: by the action that AWS's protocols name, or else by HTTP's method."""
    action = headers.get("x-amz-target", "").rpartition(".")[2] or (query.get("Action") or [""])[0]
    if not action and body and body.startswith(b"Action="):
        action = body[len("Action=") :].split(b"&", 1)[0].decode("latin-1")
    return bool(READS.match(action)) if action else method in ("GET", "HEAD", "OPTIONS")


def is_about_an_object(name, path):
    """Calls about objects and invocations change no state of the service that is saved here."""
    if name == "s3":
        return "/" in path.strip("/")
    return name == "lambda_svc" and path.endswith(("/invocations", "/invoke-async"))


def code_is_kept_in_files(lambda_svc):
    """The digest of a function's code is worked out once, and code is removed only when no saved state names it."""
    write, prune = lambda_svc._write_code_blob, lambda_svc._prune_orphan_code_blobs
    digest = functools.lru_cache(maxsize=32)(lambda code: hashlib.sha256(code).hexdigest())
    named = set()

    def write_once(code):
        path = os.path.join(lambda_svc.CODE_BLOB_DIR, digest(code) + ".zip")
        return digest(code) if os.path.exists(path) else write(code)

    def prune_later(referenced):
        prune(referenced | named)
        named.clear()
        named.update(referenced)

    lambda_svc._write_code_blob, lambda_svc._prune_orphan_code_blobs = write_once, prune_later


def locks_are_kept(s3):
    """Retentions and legal holds, which MiniStack forgets when it ends."""
    s3._PERSISTED_BUCKET_DICTS["object_retention"] = s3._object_retention
    s3._PERSISTED_BUCKET_DICTS["object_legal_hold"] = s3._object_legal_hold


def replace(name, text):
    path = os.path.join(persistence.STATE_DIR, name)
    with open(path + ".new", "w") as file:
        file.write(text)
    os.replace(path + ".new", path)


def remove(name):
    try:
        os.remove(os.path.join(persistence.STATE_DIR, name))
    except FileNotFoundError:
        pass


def sync(name):
    """Down to the disk: what a power cut leaves."""
    for path, flags in ((os.path.join(persistence.STATE_DIR, name), os.O_RDONLY), (persistence.STATE_DIR, os.O_DIRECTORY)):
        descriptor = os.open(path, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
