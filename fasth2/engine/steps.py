"""What upstream's own methods take from a connection and the objects around it: the steps that the straight way skips.

Any of them, overridden in a subclass, put in place of what a class has, or given to a single object, is honoured: the
connection goes step by step then. What is not in these lists is asked for on the straight way, too.
"""
from __future__ import annotations

from typing import Any

from fasth2.engine.ways import enlist

# Of H2Connection; its attributes for those who make properties of them.
OF_CONNECTIONS = (
    "__getattribute__", "_acknowledge_settings", "_begin_new_stream", "_closed_streams",
    "_flow_control_change_from_settings", "_frame_dispatch_table", "_get_or_create_stream", "_get_stream_by_id",
    "_handle_data_on_closed_stream", "_inbound_flow_control_change_from_settings",
    "_inbound_flow_control_window_manager", "_local_settings_acked", "_open_streams", "_prepare_for_sending",
    "_receive_frame", "_receive_priority_frame", "_receive_settings_frame", "_stream_closed_by",
    "_stream_id_is_outbound", "_stream_is_closed_by_end", "_stream_is_closed_by_reset", "_terminate_connection",
    "clear_outbound_data_buffer", "config", "decoder", "encoder", "highest_inbound_stream_id",
    "highest_outbound_stream_id", "inbound_flow_control_window", "incoming_buffer", "local_flow_control_window",
    "local_settings", "max_inbound_frame_size", "max_outbound_frame_size", "open_inbound_streams",
    "open_outbound_streams", "outbound_flow_control_window", "remote_settings", "state_machine", "streams",
)

# Those that `_frame_dispatch_table` is made of, when a connection is made.
RECEIVING = (
    "_receive_alt_svc_frame", "_receive_data_frame", "_receive_goaway_frame", "_receive_headers_frame",
    "_receive_naked_continuation", "_receive_ping_frame", "_receive_priority_frame", "_receive_push_promise_frame",
    "_receive_rst_stream_frame", "_receive_settings_frame", "_receive_unknown_frame", "_receive_window_update_frame",
)

# Of H2Stream.
OF_STREAMS = (
    "__getattribute__", "__init__", "__new__", "_actual_content_length", "_authority", "_build_hdr_validation_flags",
    "_build_headers_frames", "_expected_content_length", "_inbound_flow_control_change_from_settings",
    "_inbound_window_manager", "_initialize_content_length", "_process_received_headers", "_track_content_length",
    "acknowledge_received_data", "advertise_alternative_service", "closed", "closed_by", "config", "end_stream",
    "inbound_flow_control_window", "increase_flow_control_window", "locally_pushed", "max_outbound_frame_size", "open",
    "outbound_flow_control_window", "push_stream_in_band", "receive_alt_svc", "receive_continuation", "receive_data",
    "receive_headers", "receive_push_promise_in_band", "receive_window_update", "remotely_pushed", "request_method",
    "reset_stream", "send_data", "send_headers", "state_machine", "stream_id", "stream_reset", "upgrade",
)

# Of FrameBuffer.
OF_BUFFERS = (
    "__getattribute__", "__iter__", "__next__", "_data", "_headers_buffer", "_preamble", "_preamble_len",
    "_update_header_buffer", "_validate_frame_length", "add_data", "max_frame_size",
)

# Of H2StreamStateMachine and H2ConnectionStateMachine. (Upstream's table has the methods for effects by themselves.)
OF_STREAM_MACHINES = (
    "__getattribute__", "__init__", "__new__", "client", "headers_received", "headers_sent", "process_input", "state",
    "stream_closed_by", "stream_id", "trailers_received", "trailers_sent",
)
OF_CONNECTION_MACHINES = ("__getattribute__", "process_input", "state")

# Of WindowManager.
OF_WINDOWS = (
    "__getattribute__", "__init__", "__new__", "_bytes_processed", "_maybe_update_window", "current_window_size",
    "max_window_size", "process_bytes", "window_consumed", "window_opened",
)


def assign_anew(thing: Any, base: type, names: tuple[str, ...]) -> None:
    """Assigns attributes of `thing` once more that its class has made something else of than `base` has."""
    for name in names:
        if getattr(type(thing), name, None) is not getattr(base, name):
            setattr(thing, name, getattr(base, name).__get__(thing))


def enlist_steps(connections: type, streams: type, buffers: type, stream_machines: type, connection_machines: type,
                 windows: type) -> None:
    """Called once, when the public classes are complete: what they have now is what the straight way stands for."""
    enlist((connections, OF_CONNECTIONS), (connections, RECEIVING), (streams, OF_STREAMS),
           (stream_machines, OF_STREAM_MACHINES), (connection_machines, OF_CONNECTION_MACHINES), (windows, OF_WINDOWS),
           (buffers, OF_BUFFERS))
