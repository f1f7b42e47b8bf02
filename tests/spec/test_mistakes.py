"""Every kind of mistake: its place to the column, and what the user is told."""

import pytest

from harness.spec.loader import check

# Expected below: LINE|the text at the place|message. Lines count from 1.
BASE = """\
experiment: base
title: A base
question: What is right?
parameters: {backlog: 5, port: 8000, retries: {quick: 2}}
limit: {quick: 30, full: 200}
hosts:
  server: {sysctls: {net.core.somaxconn: 128}}
  client: {sysctls: {net.ipv4.tcp_syn_retries: $retries}}
steps:
  - server: {listen: door, port: $port, backlog: $backlog}
  - client: {connect: visitor, to: door, count: 10}
  - wait: {until: settled, of: visitor}
  - client: {send: hello, on: visitor, data: hi}
  - server: {close: door}
findings:
  connected: {calls: connect, of: visitor, that: ok, take: count}
  error: {calls: connect, of: visitor, that: failed, take: errno}
  limit: {queue: door, take: limit}
  syns: {packets: SYN, of: visitor, that: failed, on: client, take: times}
  drops: {counter: TcpExt.ListenDrops, on: server}
  row: {states: LISTEN, of: door, on: server, take: sequence}
  max: {setting: net.core.somaxconn, on: server}
expect:
  connected: {model: admitted, of: visitor}
  error: ETIMEDOUT
  limit: {at_least: 5, at_most: 6}
  syns: {one_of: [null]}
  drops: {same_as: connected}
  max: {cases: [{when: {kernel: ">=5.4"}, expect: 4096}, {expect: 128}]}
yours: ["ss -ltn"]
"""


@pytest.fixture
def mistakes(tmp_path):
    """What loading a text says, without the file's name."""

    def told(text: str) -> list[str]:
        path = tmp_path / "base.yaml"
        path.write_text(text)
        found = check([str(path)])
        assert {mistake.file for mistake in found} <= {str(path)}
        return [f"{mistake.line}:{mistake.column}: {mistake.message}" for mistake in found]

    return told


def test_the_base_is_right(mistakes):
    assert mistakes(BASE) == []


ROOT = [
    ("title: A base\n", "", [
        "1|experiment|missing key 'title'",
    ]),
    ("title: A base", "titel: A base", [
        "1|experiment|missing key 'title'",
        "2|titel|unknown key 'titel'; did you mean 'title'?",
    ]),
    ("title: A base", "title: 5", [
        "2|5|'title' must be text, not 5",
    ]),
    ("title: A base", "title:", [
        "2||'title' must be text, not null",
    ]),
    ("title: A base", "title: A base\ncolour: red", [
        ("3|colour|unknown key 'colour'; known here: experiment, title, question, explanation, article,"
        " parameters, limit, hosts, steps, findings, expect, yours"),
    ]),
    ("experiment: base", "experiment: 2 fast", [
        "1|2|'experiment' must be a name: a letter, then letters, digits, - or _, not '2 fast'",
    ]),
    ("limit: {quick: 30, full: 200}", "limit: soon", [
        "5|soon|'limit' must be a number of seconds above 0 and at most 1000000, not 'soon'",
    ]),
    ("full: 200}", "full: 0}", [
        "5|0}|'full' must be a number of seconds above 0 and at most 1000000, not 0",
    ]),
    ("limit: {quick: 30, full: 200}", "limit: {quick: 30}", [
        "5|{quick|missing key 'full'",
    ]),
    ("limit: {quick: 30, full: 200}", "limit: {quick: 30, full: 200, ful: 1}", [
        "5|ful:|unknown key 'ful'; did you mean 'full'?",
    ]),
    ("retries: {quick: 2}", "retries: {quik: 2}", [
        "4|quik|unknown key 'quik'; did you mean 'quick'?",
    ]),
    ("retries: {quick: 2}", "retries: {}", [
        "4|{}|a parameter says quick:, full: or both",
    ]),
    ("retries: {quick: 2}", "retries: {quick: [2]}", [
        "4|[2|'quick' must be a single value, not a list",
    ]),
    ("backlog: 5,", "backlog: 5, spare: 1,", [
        "4|spare|parameter 'spare' is used nowhere; $spare stands for it in a step or a sysctl",
    ]),
    ('yours: ["ss -ltn"]', "yours: ss -ltn", [
        "30|ss|'yours' must be a list, not 'ss -ltn'",
    ]),
    ('yours: ["ss -ltn"]', "yours: [5]", [
        "30|5|must be text, not 5",
    ]),
]  # fmt: skip

HOSTS = [
    ("net.core.somaxconn: 128", "net.core.somaxcon: 128", [
        "7|net.core.somaxcon|unknown sysctl 'net.core.somaxcon'; did you mean 'net.core.somaxconn'?",
    ]),
    ("net.core.somaxconn: 128", "net.core.netdev_max_backlog: 128", [
        ("7|net.core.netdev_max_backlog|unknown sysctl 'net.core.netdev_max_backlog'; did you mean"
        " 'net.core.somaxconn'?"),
    ]),
    ("net.core.somaxconn: 128", "net.core.somaxconn: many", [
        "7|many|net.core.somaxconn takes a whole number, not 'many'",
    ]),
    ("net.core.somaxconn: 128", "net.core.somaxconn: true", [
        "7|true|net.core.somaxconn takes a whole number, not true",
    ]),
    ("net.core.somaxconn: 128", "net.core.somaxconn: 1.5", [
        "7|1.5|net.core.somaxconn takes a whole number, not 1.5",
    ]),
    ("server: {sysctls:", "server: {sysctl:", [
        "7|sysctl|unknown key 'sysctl'; did you mean 'sysctls'?",
    ]),
    ("{net.core.somaxconn: 128}", "128", [
        "7|128|'sysctls' must be a mapping (name: value), not 128",
    ]),
    ("$retries}", "$retry}", [
        "4|retries|parameter 'retries' is used nowhere; $retries stands for it in a step or a sysctl",
        "8|$retry|unknown parameter $retry; did you mean 'retries'?",
    ]),
    ("  server: {sysctls", "  Server: {sysctls", [
        "7|Server|'Server' is not a host's name: a lower-case letter, then lower-case letters, digits or -",
    ]),
]  # fmt: skip

STEPS = [
    ("backlog: $backlog", "backlgo: $backlog", [
        "10|{listen|missing key 'backlog'",
        "10|backlgo|unknown key 'backlgo'; did you mean 'backlog'?",
    ]),
    ("listen: door", "lisen: door", [
        "10|lisen|unknown verb 'lisen'; did you mean 'listen'?",
    ]),
    ("{listen: door, port: $port, backlog: $backlog}", "{open: door}", [
        "4|backlog|parameter 'backlog' is used nowhere; $backlog stands for it in a step or a sysctl",
        "4|port|parameter 'port' is used nowhere; $port stands for it in a step or a sysctl",
        "10|open|unknown verb 'open'; did you mean 'option'?",
    ]),
    ("listen: door, ", "listen: door, connect: door, ", [
        "10|connect|a second verb 'connect'; a step has one",
    ]),
    ("count: 10}", "count: 0}", [
        "11|0|'count' must be a whole number from 1 to 1000000, not 0",
    ]),
    ("count: 10}", "count: ten}", [
        "11|ten|'count' must be a whole number from 1 to 1000000, not 'ten'",
    ]),
    ("count: 10}", "count: 1.5}", [
        "11|1.5|'count' must be a whole number from 1 to 1000000, not 1.5",
    ]),
    ("count: 10}", "count: true}", [
        "11|true|'count' must be a whole number from 1 to 1000000, not true",
    ]),
    ("count: 10}", "at_once: yes}", [
        "11|yes|'at_once' must be true or false, not 'yes'",
    ]),
    ("count: 10}", "blocking: 1}", [
        "11|1|'blocking' must be true or false, not 1",
    ]),
    ("port: 8000,", "port: 70000,", [
        "10|$port|'port' must be a whole number from 0 to 65535, not 70000 (parameter 'port')",
    ]),
    ("{backlog: 5,", "{backlog: 4294967296,", [
        ("10|$backlog|'backlog' must be a whole number from -2147483648 to 2147483647, not 4294967296"
        " (parameter 'backlog')"),
    ]),
    ("{backlog: 5,", "{backlog: {quick: 5},", [
        "10|{listen|'backlog' needs a value, and parameter 'backlog' is null",
    ]),
    ("- server: {listen", "- servre: {listen", [
        "10|servre|unknown host 'servre'; did you mean 'server'?",
        "14|door|'door' is on host 'servre', not 'server'",
    ]),
    ("to: door", "to: dor", [
        "11|dor|unknown label or host 'dor'; did you mean 'door'?",
    ]),
    ("to: door", "to: server", [
        "11|{connect|missing key 'port': 'server' is a host's name",
    ]),
    ("to: door", "to: server, port: 0", [
        "11|0,|'port' must be a whole number from 1 to 65535, not 0",
    ]),
    ("to: door", "to: door, port: 80", [
        "11|80|'port' goes with a host's name; 'door' is a label",
    ]),
    ("port: $port, ", "", [
        "4|port|parameter 'port' is used nowhere; $port stands for it in a step or a sysctl",
        "11|door|the file gives 'door' no port; name its host and a port instead",
    ]),
    ("of: visitor}\n  - client", "of: visitr}\n  - client", [
        "12|visitr|unknown label 'visitr'; did you mean 'visitor'?",
    ]),
    ("until: settled", "until: settld", [
        "12|settld|'until' must be settled, not 'settld'; did you mean 'settled'?",
    ]),
    ("until: settled, of: visitor", "until: settled", [
        "12|{until|missing key 'of': the label whose calls are waited for",
    ]),
    ("until: settled, of: visitor", "until: settled, for: 2, of: visitor", [
        "12|{until|a wait says either until: or for:",
    ]),
    ("until: settled, of: visitor", "for: 2, of: visitor", [
        "12|visitor|'of' goes with until:",
    ]),
    ("until: settled, of: visitor", "of: visitor", [
        "12|{of|a wait says until: or for:",
    ]),
    ("until: settled, of: visitor", "for: -1", [
        "12|-1|'for' must be a number of seconds above 0 and at most 1000000, not -1",
    ]),
    ("- wait: {", "- client: {", [
        "12|client|a wait has no host; write wait: here",
    ]),
    ("- wait: {until: settled, of: visitor}", "- wait: {socket: x}", [
        "12|x|a wait says until: or for:; a verb stands under its host",
    ]),
    ("data: hi", "data: hi, size: 2", [
        "13|{send|a send says either data: or size:",
    ]),
    (", data: hi", "", [
        "13|{send|a send says either data: or size:",
    ]),
    ("on: visitor, data", "on: door, data", [
        "13|door|'door' is on host 'server', not 'client'",
    ]),
    ("send: hello, on: visitor", "send: hello", [
        "13|hello|unknown label 'hello'; known here: door, visitor",
    ]),
    ("send: hello, on", "send: visitor, on", [
        "13|visitor, o|label 'visitor' is already made by connect in line 11; labels are unique",
    ]),
    ("- server: {close: door}", "- client: {recv: hello}", [
        "14|hello|'hello' names calls; the sockets are 'visitor'",
    ]),
    ("- server: {close: door}", "- client: {recv: got, on: later}\n  - client: {connect: later, to: door}", [
        "14|later|label 'later' is made only later, in line 15",
    ]),
    ("- server: {close: door}", "- server: {close: door}\n  - server: {accept: conn, from: door}", [
        "15|door|'door' is closed in line 14",
    ]),
    ("- server: {close: door}", "- client: {accept: conn, from: visitor}", [
        "14|visitor|'visitor' does not listen",
    ]),
    ("- server: {close: door}", "- client: {shutdown: visitor, how: writ}", [
        "14|writ|'how' must be read, write or both, not 'writ'; did you mean 'write'?",
    ]),
    ("- server: {close: door}", "- client: {shutdown: visitor}", [
        "14|{shutdown|missing key 'how'",
    ]),
    ("- server: {close: door}", "- server: {filter: door, drop: some}", [
        "14|some|'drop' must be all, without-syn or none, not 'some'",
    ]),
    ("- server: {close: door}", "- server: {option: door, name: SO_REUSEADR, value: 1}", [
        "14|SO_REUSEADR|'name' must be a known word, not 'SO_REUSEADR'; did you mean 'SO_REUSEADDR'?",
    ]),
    ("- server: {close: door}", "- server: {close: door, within: 0}", [
        "14|0|'within' must be a number of seconds above 0 and at most 1000000, not 0",
    ]),
    ("- server: {close: door}", "- server: {block: client}", [
        ("14|block|no verb here; expected socket, bind, listen, connect, accept, send, recv, shutdown,"
        " close, kill, option or filter"),
    ]),
    ("- server: {close: door}", "- server: {close: door}\n    client: {close: visitor}", [
        "14|server|one host with its verb, or wait must stand here",
    ]),
    ("- server: {close: door}", "- server: close", [
        ("14|close|must be a mapping with a verb (socket, bind, listen, connect, accept, send, recv,"
        " shutdown, close, kill, option or filter), not 'close'"),
    ]),
    ("- server: {close: door}", "- close", [
        "14|close|must be a mapping (name: value), not 'close'",
    ]),
    ("- server: {close: door}", "- server: {close: $door}", [
        "14|$door|'close' must be a label: a letter, then letters, digits, - or _, not '$door'",
    ]),
    ("- server: {close: door}", "- server: {bind: door, port: 1}", [
        "14|door|label 'door' is already made by listen in line 10; labels are unique",
    ]),
    ("- server: {close: door}", "- client: {bind: door, port: 1}", [
        "14|door|label 'door' is already made by listen in line 10; labels are unique",
    ]),
]  # fmt: skip

FINDINGS = [
    ("{calls: connect, of: visitor, that: ok,", "{call: connect, of: visitor, that: ok,", [
        "16|call|unknown source 'call'; did you mean 'calls'?",
    ]),
    ("{queue: door, take: limit}", "{take: limit}", [
        "18|take|no source here; expected calls, packets, states, queue, counter or setting",
    ]),
    ("{queue: door, take: limit}", "door", [
        "18|door|must be a mapping with a source (calls, packets, states, queue, counter or setting), not 'door'",
    ]),
    ("{queue: door, take: limit}", "{queue: door}", [
        "18|{queue|missing key 'take'",
    ]),
    ("{queue: door, take: limit}", "{queue: door, take: errno}", [
        "18|errno|'take' must be limit, peak, value or sequence, not 'errno'",
    ]),
    ("{queue: door, take: limit}", "{queue: visitor, take: limit}", [
        "18|visitor|'visitor' does not listen",
    ]),
    ("{queue: door, take: limit}", "{queue: dor, take: limit}", [
        "18|dor|unknown label 'dor'; did you mean 'door'?",
    ]),
    ("that: ok, take: count", "that: good, take: count", [
        "16|good|'that' must be ok, failed or pending, not 'good'",
    ]),
    ("calls: connect, of: visitor, that: ok", "calls: conect, of: visitor, that: ok", [
        ("16|conect|'calls' must be socket, bind, listen, connect, accept, send, recv, shutdown, close,"
        " kill, option or filter, not 'conect'; did you mean 'connect'?"),
    ]),
    ("calls: connect, of: visitor, that: ok", "calls: connect, of: door, that: ok", [
        "16|connect,|'door' has no connect calls, only close or listen",
    ]),
    ("that: ok, take: count", "that: ok, take: bytes", [
        "16|bytes|connect moves no bytes; only send and recv do",
    ]),
    ("that: ok, take: count", "that: ok, take: value", [
        "16|value|connect gives no text; only recv does",
    ]),
    ("that: ok, take: count", "that: ok, take: peak", [
        "16|peak|'take' must be count, errno, seconds, times, bytes, value, port, sequence or order, not 'peak'",
    ]),
    ("of: visitor, that: ok", "of: visitors, that: ok", [
        "16|visitors|unknown label 'visitors'; did you mean 'visitor'?",
    ]),
    ("that: ok, take: count", "that: ok, after: hallo, take: count", [
        "16|hallo|unknown label 'hallo'; did you mean 'hello'?",
    ]),
    ("on: client, take: times", "on: clint, take: times", [
        "19|clint|unknown host 'clint'; did you mean 'client'?",
    ]),
    ("on: client, take: times", "from: serve, on: client, take: times", [
        "19|serve|unknown host 'serve'; did you mean 'server'?",
    ]),
    ("on: client, take: times", "take: times", [
        "19|{packets|missing key 'on'",
    ]),
    ("packets: SYN,", "packets: SIN,", [
        "19|SIN|unknown flag 'SIN'; did you mean 'SYN'?",
    ]),
    ("packets: SYN,", 'packets: "SYN,ACKK",', [
        '19|"SYN|unknown flag \'ACKK\'; did you mean \'ACK\'?',
    ]),
    ("packets: SYN, of: visitor", "packets: SYN, of: door", [
        "19|failed|'that' speaks of connect calls here, and 'door' has none",
    ]),
    ("packets: SYN, of: visitor", "packets: SYN, of: hello", [
        "19|hello|'hello' names calls; the sockets are 'visitor'",
    ]),
    ("packets: SYN, of: visitor", "packets: SYN", [
        "19|failed|'that' needs of: a label with connect calls",
    ]),
    ("TcpExt.ListenDrops", "TcpExt.ListenDrop", [
        "20|TcpExt.ListenDrop|unknown counter 'TcpExt.ListenDrop'; did you mean 'TcpExt.ListenDrops'?",
    ]),
    ("states: LISTEN", "states: LISTENING", [
        ("21|LISTENING|'states' must be any, LISTEN, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT_1,"
        " FIN_WAIT_2, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK or CLOSING, not 'LISTENING'; did you mean 'LISTEN'?"),
    ]),
    ("{setting: net.core.somaxconn", "{setting: net.core.maxconn", [
        "22|net.core.maxconn|unknown sysctl 'net.core.maxconn'; did you mean 'net.core.somaxconn'?",
    ]),
    ("on: server}\nexpect", "on: server, take: count}\nexpect", [
        "22|count|'take' must be value, not 'count'",
    ]),
    ("  drops: {counter", "  2drops: {counter", [
        "20|2drops|'2drops' is not a name: a letter, then letters, digits, - or _",
        "28|drops|no finding named 'drops'; did you mean '2drops'?",
    ]),
]  # fmt: skip

EXPECT = [
    ("  error: ETIMEDOUT", "  eror: ETIMEDOUT", [
        "25|eror|no finding named 'eror'; did you mean 'error'?",
    ]),
    ("  error: ETIMEDOUT", "  error: ETIMEOUT", [
        "25|ETIMEOUT|'ETIMEOUT' is not the name of an error such as ECONNREFUSED; did you mean 'ETIMEDOUT'?",
    ]),
    ("  error: ETIMEDOUT", "  error: 110", [
        "25|110|110 is not the name of an error such as ECONNREFUSED",
    ]),
    ("  error: ETIMEDOUT", "  error: {at_least: 5}", [
        "25|{at_least|bounds need a number; this finding takes errno",
    ]),
    ("{at_least: 5, at_most: 6}", "{at_leas: 5}", [
        "26|at_leas|unknown kind of expectation 'at_leas'; did you mean 'at_least'?",
    ]),
    ("{at_least: 5, at_most: 6}", "{at_least: five}", [
        "26|five|'at_least' must be a number, not 'five'",
    ]),
    ("{at_least: 5, at_most: 6}", "{at_least: null}", [
        "26|{at_least|bounds need at_least: or at_most:",
    ]),
    ("{at_least: 5, at_most: 6}", "{}", [
        "26|{|no kind of expectation here; expected at_least, at_most, one_of, same_as, model or cases",
    ]),
    ("{at_least: 5, at_most: 6}", "five", [
        "26|five|this finding takes limit: a whole number, not 'five'",
    ]),
    ("{at_least: 5, at_most: 6}", "[5]", [
        "26|[5|this finding takes limit: a whole number, not a list",
    ]),
    ("{one_of: [null]}", "[0, one]", [
        "27|[0|this finding takes times: a list of seconds, not a list",
    ]),
    ("{one_of: [null]}", "{one_of: []}", [
        "27|[|at least one must stand here",
    ]),
    ("{one_of: [null]}", "{one_of: [[1]]}", [
        "27|[1|must be a single value, not a list",
    ]),
    ("{same_as: connected}", "{same_as: conected}", [
        "28|conected|no finding named 'conected'; did you mean 'connected'?",
    ]),
    ("{same_as: connected}", "{same_as: drops}", [
        "28|{same_as|this expectation rests on itself: drops -> drops",
    ]),
    ("{same_as: connected}", "{same_as: limit}\n  row: {same_as: drops}", [
    ]),
    ("{model: admitted, of: visitor}", "{same_as: drops}", [
        "24|{same_as|this expectation rests on itself: connected -> drops -> connected",
        "28|{same_as|this expectation rests on itself: drops -> connected -> drops",
    ]),
    ("{model: admitted, of: visitor}", "{model: admited, of: visitor}", [
        "24|admited|no model named 'admited'; did you mean 'admitted'?",
    ]),
    ("{model: admitted, of: visitor}", "{model: admitted}", [
        "24|{model|missing key 'of': model 'admitted' needs it",
    ]),
    ("{model: admitted, of: visitor}", "{model: admitted, of: visitr}", [
        "24|visitr|unknown label 'visitr'; did you mean 'visitor'?",
    ]),
    ("{model: admitted, of: visitor}", "{model: admitted, of: visitor, off: 3}", [
        "24|off|model 'admitted' has no argument 'off'; did you mean 'of'?",
    ]),
    ("{model: admitted, of: visitor}", "{model: admitted, of: [visitor]}", [
        "24|[visitor|'of' must be a single value, not a list",
    ]),
    ("expect: 4096", "expct: 4096", [
        "29|{when|missing key 'expect'",
        "29|expct|unknown key 'expct'; did you mean 'expect'?",
    ]),
    ('kernel: ">=5.4"', 'kernel: "5.4"', [
        '29|"5.4|\'kernel\' must be a kernel bound such as ">=6.8" or ">=5.15,<6.13", not \'5.4\'',
    ]),
    ('kernel: ">=5.4"', "stack: linus", [
        "29|linus|'stack' must be linux or gvisor, not 'linus'; did you mean 'linux'?",
    ]),
    ("{expect: 128}", "{expect: [128]}", [
        "29|[128|a setting is a single value, not a list",
    ]),
    ("{expect: 128}", "{expect: {model: admitted, of: visitor}}", [
        "29|{model|a case takes a value, at_least: and at_most:, or one_of:",
    ]),
]  # fmt: skip


def place(text: str, expected: str) -> str:
    """LINE|TEXT|MESSAGE as LINE:COLUMN: MESSAGE; the text stands once in its line, "" is behind its end."""
    number, at, message = expected.split("|", 2)
    line = text.splitlines()[int(number) - 1]
    assert at == "" or line.count(at) == 1
    return f"{number}:{(line.index(at) if at else len(line)) + 1}: {message}"


@pytest.mark.parametrize(("old", "new", "expected"), [*ROOT, *HOSTS, *STEPS, *FINDINGS, *EXPECT])
def test_a_mistake(mistakes, old, new, expected):
    assert BASE.count(old) == 1
    text = BASE.replace(old, new)
    assert mistakes(text) == [place(text, each) for each in expected]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("server", "11:23: 'server' is a host's name; a label needs another"),
        ("door", "11:23: label 'door' is already made by listen in line 10; labels are unique"),
    ],
)
def test_a_label_that_is_taken(mistakes, label, expected):
    assert mistakes(BASE.replace("connect: visitor", f"connect: {label}"))[0] == expected


@pytest.mark.parametrize("section", ["hosts", "steps", "findings"])
def test_an_empty_section(mistakes, section):
    lines = BASE.splitlines(keepends=True)
    at = lines.index(f"{section}:\n")
    end = next(n for n in range(at + 1, len(lines)) if not lines[n].startswith(" "))
    empty = "[]" if section == "steps" else "{}"
    text = "".join([*lines[:at], f"{section}: {empty}\n", *lines[end:]])
    assert f"{at + 1}:{len(section) + 3}: {section} must hold at least one" in mistakes(text)


@pytest.mark.parametrize("text", ["5\n", "[]\n", "just words\n"])
def test_a_file_that_is_no_mapping(mistakes, text):
    (told,) = mistakes(text)
    assert told.startswith("1:1: the file must be a mapping")


def test_all_mistakes_at_once_in_their_order(mistakes):
    text = BASE.replace("listen: door", "lisen: door").replace("count: 10", "count: 0")
    text = text.replace("TcpExt.ListenDrops", "TcpExt.Nothing").replace("model: admitted", "model: admittd")
    assert [told.split(": ")[0] for told in mistakes(text)] == ["10:14", "11:49", "20:20", "24:22"]


def test_a_step_that_cannot_be_read_makes_no_second_mistake_of_its_label(mistakes):
    assert mistakes(BASE.replace("backlog: $backlog}", "backlog: $backlog, back: 1}")) == [
        "10:60: unknown key 'back'; did you mean 'backlog'?"
    ]
    assert mistakes(BASE.replace("count: 10}", "count: 0}")) == [
        "11:49: 'count' must be a whole number from 1 to 1000000, not 0"
    ]
