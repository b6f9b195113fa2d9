"""Facts about processes, from /proc."""

import os
import pathlib
import signal
import time

PROC = pathlib.Path("/proc")
TICK = 1e6 / os.sysconf("SC_CLK_TCK")  # µs


def stat(pid):
    """The fields of /proc/PID/stat behind the name; [] where it has ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def children():
    """The pids below each parent's pid."""
    found = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            fields = stat(entry.name)
            if fields:
                found.setdefault(int(fields[1]), []).append(int(entry.name))
    return found


def descendants(pid, of):
    """A pid and all below it."""
    yield pid
    for child in of.get(pid, []):
        yield from descendants(child, of)


def birth(pid):
    """When a process started: tells it from a later one of the same pid."""
    fields = stat(pid)
    return fields[19] if fields else None


def in_session(leader):
    """The pids of a session, without those that have ended."""
    pids = []
    for entry in PROC.iterdir():
        fields = stat(entry.name) if entry.name.isdigit() else []
        if fields and int(fields[3]) == leader and fields[0] not in "ZX":
            pids.append(int(entry.name))
    return pids


def end_session(leader, seconds=5):
    """Ends all processes of a session that this program began."""
    until = time.monotonic() + seconds
    number = signal.SIGTERM
    while pids := in_session(leader):
        if time.monotonic() > until:
            number = signal.SIGKILL
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        time.sleep(0.1)


def name(pid):
    """The name of the file that a process runs."""
    try:
        return os.path.basename(os.readlink(PROC / str(pid) / "exe"))
    except OSError:
        return ""


def cpu_time(pids):
    """Processor time of all in µs, user and system."""
    total = 0
    for pid in pids:
        fields = stat(pid)
        if fields:
            total += int(fields[11]) + int(fields[12])
    return total * TICK


def memory(pid, what):
    """A line of smaps_rollup in KiB, such as Pss or Rss."""
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1])
    return 0


def peak(pid):
    """The most resident memory, in KiB, since reset_peak()."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0  # it has ended


def reset_peak(pid):
    (PROC / str(pid) / "clear_refs").write_text("5")
