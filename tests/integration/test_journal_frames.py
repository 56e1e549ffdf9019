"""What `polywire record` writes, the local exchange serves; a kill costs at most a second."""

import signal
import subprocess
import sys
from pathlib import Path

from polywire.core.units import Ns
from polywire.exchange.recording import lines
from polywire.journal.frames import FrameWriter, read_frames

TEN = Ns(1_732_701_600_000_000_000)
BOOK = '[{"event_type":"book","market":"0xabc","asset_id":"1","bids":[],"asks":[]}]'
CHANGE = '{"event_type":"price_change","market":"0xabc","price_changes":[]}'

RECORDER = """
import sys
from pathlib import Path
from polywire.journal.frames import FrameWriter

writer = FrameWriter(Path(sys.argv[1]), {})
for count in range(10_000_000):
    writer.write(count * 1_000_000, "ws-1", f"frame {count}")
    if count % 1_000 == 0:
        print(count, flush=True)
"""


def test_the_exchange_reads_a_recording_frame_by_frame(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path, {"venue": "polymarket"})
    for count, frame in enumerate((BOOK, "PONG", CHANGE)):
        writer.write(Ns(TEN + count), "ws-1", frame)
    writer.close()
    served = [(line.at_ns, line.text) for line in lines(tmp_path)]
    assert served == [(TEN, BOOK), (TEN + 2, CHANGE)]


def test_a_killed_recorder_loses_at_most_a_second(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RECORDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as recorder:
        assert recorder.stdout is not None
        taken = [recorder.stdout.readline() for _ in range(20)]
        recorder.send_signal(signal.SIGKILL)
        taken += [line for line in recorder.stdout.readlines() if line.endswith("\n")]
    frames = [line.frame for line in read_frames(tmp_path)]
    assert frames == [f"frame {count}" for count in range(len(frames))]
    assert len(frames) >= int(taken[-1]) - 1_000
    FrameWriter(tmp_path, {}).close()
    assert f'"frames": {len(frames)}' in (tmp_path / "manifest.json").read_text()
