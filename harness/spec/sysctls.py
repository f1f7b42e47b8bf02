"""The sysctls a host may be given: those that belong to a network namespace, by their real names.

Anything outside a namespace (``net.core.netdev_max_backlog``, ``net.ipv4.tcp_mem`` ...) would change the
machine under test and everything else on it. The names are those of ``ipv4_net_table`` in
net/ipv4/sysctl_net_ipv4.c and of ``netns_core_table`` in net/core/sysctl_net_core.c, Linux 4.10 to 7.1. A kernel
may lack one (then the run is skipped); a name that no kernel has is a mistake.
"""

from __future__ import annotations

__all__ = ["READ_ONLY", "SYSCTLS", "WORDS", "fault"]

_TCP = """
    abort_on_overflow adv_win_scale app_win autocorking backlog_ack_defer base_mss challenge_ack_limit
    child_ehash_entries comp_sack_delay_ns comp_sack_nr comp_sack_rtt_percent comp_sack_slack_ns
    congestion_control dsack early_demux early_retrans ecn ecn_fallback ecn_option ecn_option_beacon fack
    fastopen fastopen_blackhole_timeout_sec fastopen_key fin_timeout frto fwmark_accept invalid_ratelimit
    keepalive_intvl keepalive_probes keepalive_time l3mdev_accept limit_output_bytes max_reordering
    max_syn_backlog max_tw_buckets migrate_req min_rtt_wlen min_snd_mss min_tso_segs moderate_rcvbuf
    mtu_probe_floor mtu_probing no_metrics_save no_ssthresh_metrics_save notsent_lowat orphan_retries
    pacing_ca_ratio pacing_ss_ratio pingpong_thresh plb_cong_thresh plb_enabled plb_idle_rehash_rounds
    plb_rehash_rounds plb_suspend_rto_sec probe_interval probe_threshold rcvbuf_low_rtt recovery reflect_tos
    reordering retrans_collapse retries1 retries2 rfc1337 rmem rto_max_ms rto_min_us sack shrink_window
    slow_start_after_idle stdurg syn_linear_timeouts syn_retries synack_retries syncookies
    thin_linear_timeouts timestamps tso_rtt_log tso_win_divisor tw_recycle tw_reuse tw_reuse_delay
    window_scaling wmem workaround_signed_windows
"""

SYSCTLS = frozenset(
    {f"net.ipv4.tcp_{name}" for name in _TCP.split()}
    | {"net.core.somaxconn", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports"}
)
"""What may be set."""

READ_ONLY = frozenset(
    f"net.ipv4.tcp_{name}"
    for name in ("allowed_congestion_control", "available_congestion_control", "ehash_entries")
)
"""What a host shows but does not let itself be given; a ``setting`` finding may name it."""

WORDS = frozenset(
    {
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_congestion_control",
        "net.ipv4.tcp_fastopen_key",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_wmem",
    }
)
"""Those whose value is not one whole number."""


def fault(name: str, value: object) -> str | None:
    """What is wrong with a value for a sysctl of the list, or None; the kernel alone knows its bounds."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return f"{name} takes {_takes(name)}"
    if name in WORDS:
        good = bool(str(value).strip()) and str(value).isprintable()
    else:
        good = isinstance(value, int) or value.removeprefix("-").isdecimal()
    return None if good else f"{name} takes {_takes(name)}"


def _takes(name: str) -> str:
    return "text or a number" if name in WORDS else "a whole number"
