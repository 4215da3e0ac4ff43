# SPDX-License-Identifier: Apache-2.0
"""A desktop of one's own: an X server without a screen, a session bus, a window manager and the accessibility bus. Keys and
clicks are real (xdotool); what the window shows is read as a screen reader reads it (AT-SPI), by role and accessible name, so
that nothing in the program exists for this test alone."""
import os
import pathlib
import shutil
import subprocess
import time

LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
WIDTH, HEIGHT = 1480, 940


def missing():
    """What a machine lacks for this, in words; empty where nothing is missing."""
    lacking = [name for name in ("Xvfb", "xdotool", "openbox", "dbus-daemon") if shutil.which(name) is None]
    if not os.access(LAUNCHER, os.X_OK):
        lacking.append("at-spi2-core")
    try:
        import gi
        gi.require_version("Atspi", "2.0")
    except (ImportError, ValueError):
        lacking.append("python3-gi with gir1.2-atspi-2.0")
    return ", ".join(lacking)


class Element:
    """Something the window shows: its role, name, and the rectangle of the screen where it is."""

    def __init__(self, accessible, role, name, rect):
        self.accessible, self.role, self.name, self.rect = accessible, role, name, rect

    def __repr__(self):
        return f"{self.role} {self.name!r} at {self.rect}"

    def has(self, state):
        return self.accessible.get_state_set().contains(getattr(self.Atspi.StateType, state.upper()))


class Desktop:
    def __init__(self, folder, environment):
        self.folder = pathlib.Path(folder)
        self.started = []
        runtime = self.folder / "runtime"
        runtime.mkdir(mode=0o700)
        self.environment = dict(environment, XDG_RUNTIME_DIR=str(runtime), XDG_CONFIG_HOME=str(self.folder / "config"),
                                QT_QPA_PLATFORM="xcb", QT_LINUX_ACCESSIBILITY_ALWAYS_ON="1", LANG="C.UTF-8")
        for name in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS", "QT_SCALE_FACTOR"):
            self.environment.pop(name, None)
        try:
            self.begin()
        except BaseException:
            self.close()
            raise

    def begin(self):
        number = self.start_and_read("Xvfb", "-displayfd", "{fd}", "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp",
                                     "-noreset")  # or the first to leave takes those away who are just coming
        self.environment["DISPLAY"] = f":{number}"
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self.start_and_read("dbus-daemon", "--session", "--nofork",
                                                                           "--print-address={fd}")
        self.start("openbox", "--sm-disable")
        self.start(LAUNCHER, "--launch-immediately")
        # This process listens on the same bus; the library reads the address when it is first used.
        os.environ.update({k: self.environment[k] for k in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")})
        os.environ.pop("AT_SPI_BUS_ADDRESS", None)
        import gi
        gi.require_version("Atspi", "2.0")
        from gi.repository import Atspi
        self.Atspi = Element.Atspi = Atspi

    def close(self):
        for process in reversed(self.started):
            if process.poll() is None:
                process.terminate()
        for process in reversed(self.started):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, *words, log=None, **options):
        out = open(log or os.devnull, "wb")
        process = subprocess.Popen(words, env=self.environment, stdout=out, stderr=out, cwd=self.folder, **options)
        out.close()
        self.started.append(process)
        return process

    def start_and_read(self, *words):
        """A server that says on a pipe where it can be reached."""
        read, write = os.pipe()
        self.start(*(word.format(fd=write) for word in words), pass_fds=(write,))
        os.close(write)
        with os.fdopen(read) as answer:
            line = answer.readline().strip()
        if not line:
            raise AssertionError(f"{words[0]} did not start")
        return line

    # What a user sees

    def elements(self):
        """All that is shown now, of all windows; what is behind a tab or scrolled away is not."""
        A = self.Atspi

        def walk(accessible):
            if accessible is None or not accessible.get_state_set().contains(A.StateType.SHOWING):
                return
            role = accessible.get_role_name()
            area = A.Component.get_extents(accessible, A.CoordType.SCREEN) if role != "application" else None
            if area is not None:
                rect = (area.x, area.y, area.width, area.height)
                centre = (area.x + area.width // 2, area.y + area.height // 2)
                if area.width > 1 and area.height > 1 and 0 <= centre[0] < WIDTH and 0 <= centre[1] < HEIGHT:
                    yield Element(accessible, role, accessible.get_name() or "", rect)
                elif role in ("frame", "filler", "combo box"):
                    return  # a view behind a tab, and all that is in it
            if role == "combo box":
                return  # its list counts as shown while it is closed
            for index in range(accessible.get_child_count()):
                yield from walk(accessible.get_child_at_index(index))

        desktop = A.get_desktop(0)
        for index in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(index)
            if application is None:
                continue
            application.set_cache_mask(A.Cache.NONE)
            windows = [application.get_child_at_index(i) for i in range(application.get_child_count())]
            # What a dialog covers or keeps from being used is not what its user looks at.
            dialogs = [w for w in windows if w and w.get_role_name() not in ("frame", "window") and
                       w.get_state_set().contains(A.StateType.SHOWING)]
            for window in dialogs or windows:
                yield from walk(window)

    def find(self, name=None, role=None, where=None):
        """The first element of that name (a text, or a predicate of it) and role; None where nothing is."""
        matches = name if callable(name) else (lambda text: text == name) if name is not None else (lambda text: True)
        try:
            for element in self.elements():
                if (role is None or element.role == role) and matches(element.name) and (where is None or where(element)):
                    return element
        except Exception as error:  # GLib.Error: what was being read has just gone
            if "GLib" not in type(error).__module__ and "gi." not in type(error).__module__:
                raise
        return None

    def wait_for(self, name=None, role=None, where=None, seconds=20):
        end = time.monotonic() + seconds
        while True:
            found = self.find(name, role, where)
            if found is not None:
                return found
            if time.monotonic() > end:
                raise AssertionError(f"no {role or 'element'} {name!r} within {seconds} s; there are:\n{self.describe()}")
            time.sleep(0.1)

    def wait_until_gone(self, name=None, role=None, seconds=20):
        end = time.monotonic() + seconds
        while self.find(name, role) is not None:
            if time.monotonic() > end:
                raise AssertionError(f"{role or 'element'} {name!r} is still there after {seconds} s")
            time.sleep(0.1)

    def describe(self):
        return "\n".join(repr(element) for element in self.elements() if element.name)

    def rows(self, table):
        """The texts of a table, also of what is scrolled away."""
        accessible = self.wait_for(table, "table").accessible
        T = self.Atspi.Table
        return [[T.get_accessible_at(accessible, row, column).get_name() for column in range(T.get_n_columns(accessible))]
                for row in range(T.get_n_rows(accessible))]

    def cell(self, table, text):
        """A cell of that table that is in sight; any of them where `text` is None."""
        def is_in(element):
            return element.accessible.get_parent().get_name() == table
        return self.wait_for(text, "table cell", is_in)

    # What a user does

    def xdotool(self, *words):
        subprocess.run(("xdotool", *map(str, words)), env=self.environment, check=True, timeout=60)

    def key(self, *keys):
        self.xdotool("key", "--clearmodifiers", "--delay", 40, *keys)

    def type(self, text):
        self.xdotool("type", "--delay", 15, text)

    def move_to(self, element):
        x, y, width, height = element.rect
        self.xdotool("mousemove", x + width // 2, y + height // 2)

    def click(self, element, button=1):
        self.move_to(element)
        self.xdotool("click", button)

    def enter(self, element, text):
        """Click into a field and type over what stands there."""
        self.click(element)
        self.key("ctrl+a")
        self.type(text)

    def screenshot(self, path):
        """The whole screen, with few colours. Needs Pillow, so the Python that F8NET_TEST_PYTHON names."""
        python = os.environ.get("F8NET_TEST_PYTHON")
        if python:
            code = ("import sys; from PIL import ImageGrab; picture = ImageGrab.grab(xdisplay=sys.argv[1]); "
                    "picture.quantize(96, dither=0).save(sys.argv[2], optimize=True)")
            subprocess.run((python, "-c", code, self.environment["DISPLAY"], str(path)), check=True, timeout=60)
