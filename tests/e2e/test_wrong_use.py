"""What cannot be: said clearly, with the right exit code, and nothing started."""

import json
import os

import pytest

from harness import spec

BOTH = [pytest.param(lab, marks=getattr(pytest.mark, lab)) for lab in ("docker", "netns")]


def nothing_was_started(done):
    return not (done.place / "runs").exists()


@pytest.mark.parametrize("lab", BOTH)
def test_a_value_that_the_kernel_refuses(start, lab):
    done = start("run", "backlog-overflow", "--lab", lab, "--set", "syn_retries=0", "--json", "-").end()
    assert done.code == 3, done
    assert done.result["verdict"] == "error"
    # net/ipv4/sysctl_net_ipv4.c: tcp_syn_retries is from 1 to MAX_TCP_SYNCNT.
    assert "net.ipv4.tcp_syn_retries=0 (refused" in done.result["reason"]
    # A run that could not be performed can be judged again like any other.
    again = start("judge", done.result["folder"], "--json", folder=done.place).end()
    assert (again.code, again.result["verdict"], again.result["reason"]) == (3, "error", done.result["reason"])


@pytest.mark.netns
def test_what_the_kernel_refused_is_said_to_people_too(start):
    done = start("run", "backlog-overflow", "--lab", "netns", "--set", "syn_retries=0").end()
    assert done.code == 3
    assert "net.ipv4.tcp_syn_retries=0 (refused" in done.out


@pytest.mark.netns
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["backlog-overfow"], "did you mean 'backlog-overflow'?"),
        (["backlog-overflow", "--sysctl", "net.ipv4.tcp_no_such_thing=1"], "net.ipv4.tcp_no_such_thing"),
        (["backlog-overflow", "--sysctl", "net.ipv4.tcp_syn_retires=1"], "net.ipv4.tcp_syn_retries"),
        (["backlog-overflow", "--sysctl", "sever:net.core.somaxconn=1"], "server"),
        (["backlog-overflow", "--image", "debain"], "debian"),
        (["backlog-overflow", "--lab", "dokcer"], "docker"),
        (["backlog-overflow", "--set", "backlogs=1"], "backlog"),
        (["backlog-overflow", "--set", "backlog=many"], "backlog"),
        (["backlog-overflow", "--set", "backlog"], "NAME=VALUE"),
        (["backlog-overflow", "--set", "clients=100000"], "100000"),
        (["backlog-overflow", "--full", "--limit", "5"], "limit"),
        (["no/such/file.yaml"], "no/such/file.yaml"),
        ([], "EXPERIMENT"),
    ],
)
def test_wrong_words_are_named_with_the_nearest_right_ones(start, words, said):
    done = start("run", *words).end()
    assert done.code == 2, done
    assert said in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    assert nothing_was_started(done)


@pytest.mark.netns
def test_a_typo_in_a_file_has_its_place(start, tmp_path):
    (shipped,) = (each.path for each in spec.experiments() if each.name == "backlog-overflow")
    lines = shipped.read_text("utf-8").splitlines()
    (number,) = (number for number, line in enumerate(lines, 1) if "listen: door" in line)
    lines[number - 1] = lines[number - 1].replace("listen:", "lisen:")
    file = tmp_path / "mine.yaml"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    done = start("run", str(file)).end()
    assert done.code == 2, done
    column = lines[number - 1].index("lisen") + 1
    assert f"{file}:{number}:{column}: " in done.err
    assert "listen" in done.err.replace("lisen", "")
    assert nothing_was_started(done)
    checked = start("check", str(file)).end()
    assert (checked.code, f"{file}:{number}:{column}: " in checked.err + checked.out) == (2, True)


def test_a_plan_is_printed_and_nothing_started(start):
    done = start("run", "backlog-overflow", "--lab", "netns", "--plan", "--set", "backlog=7").end()
    assert done.code == 0, done
    plan = json.loads(done.out)
    assert plan["parameters"]["backlog"] == 7
    assert [step["verb"] for step in plan["steps"]] == ["listen", "connect", "wait"]
    assert nothing_was_started(done)


NOWHERE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}


def test_without_an_engine_the_docker_lab_says_what_mends_that(start):
    done = start("run", "backlog-overflow", "--lab", "docker", env=NOWHERE).end()
    assert done.code == 3, done
    assert "/nonexistent/docker.sock" in done.err
    assert "apt-get install docker.io" in done.err
    assert nothing_was_started(done)


@pytest.mark.netns
def test_without_an_engine_auto_takes_netns(start):
    words = ("run", "backlog-overflow", "--set", "clients=2", "--json", "-")
    done = start(*words, env=NOWHERE).end()
    assert (done.code, done.result["lab"]) == (0, "netns"), done


@pytest.mark.docker
def test_with_an_engine_auto_takes_docker(start):
    done = start("run", "backlog-overflow", "--set", "clients=2", "--json", "-").end()
    assert (done.code, done.result["lab"]) == (0, "docker"), done


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(start):
    done = start("run", "backlog-overflow", "--lab", "netns", "--out", "/proc/runs").end()
    assert done.code == 3, done


@pytest.mark.netns
def test_a_place_that_is_no_folder(start, tmp_path):
    (tmp_path / "file").write_text("")
    done = start("run", "backlog-overflow", "--lab", "netns", "--out", str(tmp_path / "file")).end()
    assert done.code == 3, done
    assert str(tmp_path / "file") in done.err
    assert "--out" in done.err
    assert "Traceback" not in done.err
