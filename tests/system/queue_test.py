# SPDX-License-Identifier: Apache-2.0
"""Runs wait in a queue; runners start them, are stopped, killed and doubled, and nothing is lost."""
import json
import os
import signal
import unittest

from workplace import Workplace, signal_at

LONG = ("--epochs", 400)  # minutes
STOP_SECONDS = 60


class Queue(unittest.TestCase):
    def setUp(self):
        self.place = Workplace()
        self.addCleanup(self.end_all)

    def end_all(self):
        for run in self.place.runs():  # runs outlive their runner
            if run["state"] == "running":
                os.kill(run["pid"], signal.SIGKILL)
        self.place.close()

    def add(self, name, *more):
        return self.place.document("queue", "add", self.place.experiment, "--name", name, "--limit", 64, *more)["added"][0]

    def waiting(self):
        return [run["name"] for run in self.place.document("queue", "list")["queue"]]

    def run_of(self, name):
        return next(run for run in self.place.runs() if run["name"] == name)

    def states(self):
        return {run["name"]: run["state"] for run in self.place.runs()}

    def wait_for(self, name, *states, seconds=60):
        self.place.wait_until(lambda: self.run_of(name)["state"] in states, seconds)

    def wait_for_steps(self, name, after=2):
        self.place.wait_until(lambda: self.run_of(name)["state"] == "running" and self.run_of(name)["step"] > after)

    def start_and_hold(self, name):
        """A runner, and the process of the run, which waits for SIGCONT after its second checkpoint."""
        runner = self.place.start("queue", "run", environment=signal_at(signal.SIGSTOP, 2))
        pid = self.place.wait_until_held(runner)
        self.assertEqual(self.run_of(name)["pid"], pid)
        return runner, pid

    def test_one_after_another_in_their_order_and_past_a_failure(self):
        self.add("a", "--tag", "first", "--set", "optimizer.lr=0.03")
        self.add("b")
        self.add("c")
        self.place.document("queue", "move", "c", 1)
        self.assertEqual(self.waiting(), ["c", "a", "b"])
        # What was queued keeps its configuration, wherever and with whatever the runner is started.
        shown = self.place.document("runs", "show", "a")["runs"][0]
        self.assertEqual(float(shown["config_values"]["optimizer.lr"]), 0.03)
        self.assertEqual(shown["environment"]["origins"]["optimizer.lr"], "--set")
        self.assertNotIn("optimizer.nesterov", shown["environment"]["origins"])
        self.assertEqual(shown["tags"], ["first"])
        # b's data goes away before its turn: it fails, says why, and does not stop the others.
        gone = self.place.folder / "gone"
        os.symlink(self.place.data, gone)
        self.add("d", "--data", gone)
        gone.unlink()
        self.place.document("queue", "move", "d", 2)
        code, output, messages = self.place.run("queue", "run", "--until-empty", "--json", timeout=240)
        self.assertEqual(code, 1, messages)
        document = json.loads(output)
        self.assertEqual(document["queue"], [])
        self.assertIsNone(document["runner"])
        self.assertEqual([run["name"] for run in document["done"]], ["c", "d", "a", "b"])
        self.assertEqual(self.states(), {"a": "finished", "b": "finished", "c": "finished", "d": "failed"})
        failed = self.run_of("d")
        self.assertIn("gone", failed["message"])
        self.assertEqual(failed["exit_code"], 65)
        spans = sorted((run["started"], run["ended"]) for run in self.place.runs() if run["state"] == "finished")
        for (_, end), (start, _) in zip(spans, spans[1:]):
            self.assertLessEqual(end, start)  # never two at once
        code, _, messages = self.place.run("queue", "add", "a")
        self.assertEqual(code, 2)
        self.assertIn("has finished", messages)

    def test_sigterm_saves_and_the_run_stays_first(self):
        self.add("a", *LONG)
        self.add("b")
        runner = self.place.start("queue", "run")
        self.wait_for_steps("a")
        runner.send_signal(signal.SIGTERM)
        code, _, messages = self.place.finish(runner, STOP_SECONDS)
        self.assertEqual(code, 75, messages)
        self.assertEqual(self.waiting(), ["a", "b"])
        self.assertIsNone(self.place.document("queue", "list")["runner"])
        at = self.run_of("a")["step"]
        self.assertGreater(at, 0)
        runner = self.place.start("queue", "run")
        self.place.wait_until(lambda: self.run_of("a")["step"] > at)
        self.assertEqual(self.run_of("a")["attempt"], 2)
        # Stopped as a run, it is out of the queue and the next one has its turn.
        self.place.document("runs", "stop", "a")
        self.wait_for("b", "running", "finished")
        self.assertEqual(self.run_of("a")["state"], "stopped")
        self.place.document("queue", "stop", "--after-run")
        self.assertEqual(self.place.finish(runner)[0], 0)
        self.assertEqual(self.run_of("b")["state"], "finished")

    def test_asked_through_the_store_it_stops(self):
        self.add("a", *LONG)
        runner = self.place.start("queue", "run")
        self.wait_for_steps("a")
        self.place.document("queue", "stop")
        self.assertEqual(self.place.finish(runner, STOP_SECONDS)[0], 75)
        self.assertEqual(self.waiting(), ["a"])
        code, _, messages = self.place.run("queue", "stop")
        self.assertEqual(code, 2)
        self.assertIn("no runner", messages)

    def test_a_killed_runner_loses_nothing(self):
        self.add("a")
        self.add("b")
        runner, pid = self.start_and_hold("a")
        runner.kill()
        runner.wait()
        # The run goes on by itself; the next runner waits for it and then starts the other.
        self.assertIsNone(self.place.document("queue", "list")["runner"])
        runner = self.place.start("queue", "run", "--until-empty", "--json")
        self.place.wait_until(lambda: "taking over" in self.place.messages(runner))
        os.kill(pid, signal.SIGCONT)
        code, output, messages = self.place.finish(runner)
        self.assertEqual(code, 0, messages)
        self.assertEqual([run["name"] for run in json.loads(output)["done"]], ["a", "b"])
        self.assertEqual(self.states(), {"a": "finished", "b": "finished"})
        self.assertEqual(self.run_of("a")["attempt"], 1)
        self.assertLessEqual(self.run_of("a")["ended"], self.run_of("b")["started"])

    def test_runner_and_run_killed_together_go_on_where_they_were(self):
        self.add("a")
        self.add("b")
        runner, pid = self.start_and_hold("a")
        runner.kill()
        os.kill(pid, signal.SIGKILL)
        runner.wait()
        self.wait_for("a", "crashed")
        code, output, messages = self.place.run("queue", "run", "--until-empty", "--json", timeout=240)
        self.assertEqual(code, 0, messages)
        self.assertEqual(self.states(), {"a": "finished", "b": "finished"})
        self.assertEqual(self.run_of("a")["attempt"], 2)
        self.assertLessEqual(self.run_of("a")["ended"], self.run_of("b")["started"])

    def test_a_run_killed_alone_has_crashed_and_the_others_go_on(self):
        self.add("a", *LONG)
        self.add("b")
        runner = self.place.start("queue", "run", "--until-empty")
        self.wait_for_steps("a")
        os.kill(self.run_of("a")["pid"], signal.SIGKILL)
        code, _, messages = self.place.finish(runner)
        self.assertEqual(code, 1, messages)
        self.assertEqual(self.states(), {"a": "crashed", "b": "finished"})
        self.place.document("queue", "add", "a")
        self.assertEqual(self.waiting(), ["a"])

    def test_one_runner_a_store(self):
        self.add("a", *LONG)
        runners = [self.place.start("queue", "run") for _ in range(2)]
        self.place.wait_until(lambda: any(runner.poll() is not None for runner in runners))
        loser = next(runner for runner in runners if runner.poll() is not None)
        winner = next(runner for runner in runners if runner is not loser)
        code, _, messages = self.place.finish(loser)
        self.assertEqual(code, 73)
        self.assertIn(f"pid {winner.pid}", messages)
        self.wait_for_steps("a")
        self.assertEqual(self.place.document("queue", "list")["runner"]["pid"], winner.pid)
        # A frozen runner is still there: nobody takes its place.
        winner.send_signal(signal.SIGSTOP)
        self.assertEqual(self.place.run("queue", "run", "--once")[0], 73)
        winner.send_signal(signal.SIGCONT)
        winner.send_signal(signal.SIGINT)
        self.assertEqual(self.place.finish(winner, STOP_SECONDS)[0], 75)

    def test_started_in_the_background_it_outlives_who_started_it(self):
        self.add("a", *LONG)
        pid = self.place.document("queue", "run", "--detach")["pid"]
        self.wait_for_steps("a")
        self.assertEqual(self.place.document("queue", "list")["runner"]["pid"], pid)
        self.assertEqual(self.place.run("queue", "run", "--detach")[0], 73)
        self.place.document("queue", "stop")
        self.place.wait_until(lambda: self.place.document("queue", "list")["runner"] is None)
        self.assertEqual(self.waiting(), ["a"])
        self.assertIn("stays first", (self.place.folder / "queue.log").read_text())

    def test_changes_while_it_runs(self):
        self.add("a", *LONG)
        runner = self.place.start("queue", "run")
        self.wait_for_steps("a")
        for name in "bcd":
            self.add(name)
        self.place.document("queue", "move", "d", 1)
        self.place.document("queue", "remove", "b")
        self.assertEqual(self.waiting(), ["d", "c"])
        code, _, messages = self.place.run("queue", "move", "a", 1)
        self.assertEqual(code, 2)
        self.assertIn("running", messages)
        self.place.document("runs", "stop", "a")
        self.wait_for("c", "finished")
        states = self.states()
        self.assertEqual(states, {"a": "stopped", "b": "stopped", "c": "finished", "d": "finished"})
        self.assertLessEqual(self.run_of("d")["ended"], self.run_of("c")["started"])
        # It waits for more, and begins at once with what comes.
        self.add("e")
        self.wait_for("e", "finished")
        runner.send_signal(signal.SIGTERM)
        self.assertEqual(self.place.finish(runner, STOP_SECONDS)[0], 75)

    def test_a_run_that_starts_from_one_that_waits(self):
        self.add("a")
        self.add("b", "--from", "a:last")
        self.assertEqual(self.place.run("queue", "run", "--until-empty", timeout=240)[0], 0)
        self.assertEqual(self.states(), {"a": "finished", "b": "finished"})
        self.assertEqual(self.run_of("b")["parent"], self.run_of("a")["id"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
