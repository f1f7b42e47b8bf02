"""The language's closed sets of words, each in one place."""

from __future__ import annotations

import errno

__all__ = [
    "COUNTERS",
    "ERRNOS",
    "FLAGS",
    "MAKERS",
    "ON_SOCKETS",
    "OPTIONS",
    "STACKS",
    "STATES",
    "VERBS",
    "WAIT",
    "counter_known",
]

MAKERS = ("socket", "bind", "listen", "connect", "accept")
"""Verbs whose label names sockets."""
ON_SOCKETS = ("send", "recv", "shutdown", "close", "kill", "option", "filter")
"""Verbs that use sockets made before."""
VERBS = (*MAKERS, *ON_SOCKETS)
"""An agent's verbs."""
WAIT = "wait"
"""The conductor's verb; it stands where a host's name does."""

STACKS = ("linux", "gvisor")
STATES = (
    "LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT", "CLOSE",
    "CLOSE_WAIT", "LAST_ACK", "CLOSING",
)  # fmt: skip
"""As the socket table has them."""
FLAGS = ("SYN", "ACK", "FIN", "RST", "PSH", "URG", "ECE", "CWR")
"""A TCP header's flags (RFC 9293, section 3.1)."""
ERRNOS = tuple(sorted(errno.errorcode.values()))

OPTIONS = (
    "SO_KEEPALIVE", "SO_OOBINLINE", "SO_RCVBUF", "SO_RCVLOWAT", "SO_REUSEADDR", "SO_REUSEPORT", "SO_SNDBUF",
    "TCP_CORK", "TCP_DEFER_ACCEPT", "TCP_FASTOPEN", "TCP_KEEPCNT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_LINGER2",
    "TCP_MAXSEG", "TCP_NODELAY", "TCP_NOTSENT_LOWAT", "TCP_QUICKACK", "TCP_SYNCNT", "TCP_USER_TIMEOUT",
    "TCP_WINDOW_CLAMP",
)  # fmt: skip
"""Socket options with a whole number for a value that Python 3.9 has by name (man 7 socket, man 7 tcp)."""

_TCP_EXT = """
    SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts PruneCalled RcvPruned OfoPruned
    OutOfWindowIcmps LockDroppedIcmps ArpFilter TW TWRecycled TWKilled PAWSPassive PAWSActive PAWSEstab
    BeyondWindow TSEcrRejected PAWSOldAck PAWSTimewait DelayedACKs DelayedACKLocked DelayedACKLost
    ListenOverflows ListenDrops TCPHPHits TCPPureAcks TCPHPAcks TCPRenoRecovery TCPSackRecovery
    TCPSACKReneging TCPSACKReorder TCPRenoReorder TCPTSReorder TCPFullUndo TCPPartialUndo TCPDSACKUndo
    TCPLossUndo TCPLostRetransmit TCPRenoFailures TCPSackFailures TCPLossFailures TCPFastRetrans
    TCPSlowStartRetrans TCPTimeouts TCPLossProbes TCPLossProbeRecovery TCPRenoRecoveryFail
    TCPSackRecoveryFail TCPRcvCollapsed TCPBacklogCoalesce TCPDSACKOldSent TCPDSACKOfoSent TCPDSACKRecv
    TCPDSACKOfoRecv TCPAbortOnData TCPAbortOnClose TCPAbortOnMemory TCPAbortOnTimeout TCPAbortOnLinger
    TCPAbortFailed TCPMemoryPressures TCPMemoryPressuresChrono TCPSACKDiscard TCPDSACKIgnoredOld
    TCPDSACKIgnoredNoUndo TCPSpuriousRTOs TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure TCPSackShifted
    TCPSackMerged TCPSackShiftFallback TCPBacklogDrop PFMemallocDrop TCPMinTTLDrop TCPDeferAcceptDrop
    IPReversePathFilter TCPTimeWaitOverflow TCPReqQFullDoCookies TCPReqQFullDrop TCPRetransFail
    TCPRcvCoalesce TCPOFOQueue TCPOFODrop TCPOFOMerge TCPChallengeACK TCPSYNChallenge TCPFastOpenActive
    TCPFastOpenActiveFail TCPFastOpenPassive TCPFastOpenPassiveFail TCPFastOpenListenOverflow
    TCPFastOpenCookieReqd TCPFastOpenBlackhole TCPSpuriousRtxHostQueues BusyPollRxPackets TCPAutoCorking
    TCPFromZeroWindowAdv TCPToZeroWindowAdv TCPWantZeroWindowAdv TCPSynRetrans TCPOrigDataSent
    TCPHystartTrainDetect TCPHystartTrainCwnd TCPHystartDelayDetect TCPHystartDelayCwnd
    TCPACKSkippedSynRecv TCPACKSkippedPAWS TCPACKSkippedSeq TCPACKSkippedFinWait2 TCPACKSkippedTimeWait
    TCPACKSkippedChallenge TCPWinProbe TCPKeepAlive TCPMTUPFail TCPMTUPSuccess TCPDelivered TCPDeliveredCE
    TCPAckCompressed TCPZeroWindowDrop TCPRcvQDrop TCPWqueueTooBig TCPFastOpenPassiveAltKey
    TcpTimeoutRehash TcpDuplicateDataRehash TCPDSACKRecvSegs TCPDSACKIgnoredDubious TCPMigrateReqSuccess
    TCPMigrateReqFailure TCPPLBRehash TCPAORequired TCPAOBad TCPAOKeyNotFound TCPAOGood TCPAODroppedIcmps
"""
_TCP = """
    ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts
    InCsumErrors
"""
_IP_EXT = """
    InNoRoutes InTruncatedPkts InMcastPkts OutMcastPkts InBcastPkts OutBcastPkts InOctets OutOctets
    InMcastOctets OutMcastOctets InBcastOctets OutBcastOctets InCsumErrors InNoECTPkts InECT1Pkts
    InECT0Pkts InCEPkts ReasmOverlaps
"""
COUNTERS = frozenset(
    f"{group}.{name}"
    for group, names in (("TcpExt", _TCP_EXT), ("Tcp", _TCP), ("IpExt", _IP_EXT))
    for name in names.split()
)
"""What /proc/net/netstat and /proc/net/snmp count (net/ipv4/proc.c, Linux 4.10 to 6.18)."""


def counter_known(name: str) -> bool:
    """Whether a kernel of that range has such a counter."""
    return name in COUNTERS
