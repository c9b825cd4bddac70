"""Defects of the kinds that HTTP/2 engines have had, as changes of h2's own source: (module, text, text instead)."""

DEFECTS = {
    "connection window forgotten": (
        "connection", "self.outbound_flow_control_window -= frame_size", "pass"),
    "window of a stream off by one": (
        "stream", "self.outbound_flow_control_window -= df.flow_controlled_length",
        "self.outbound_flow_control_window -= len(df.data)"),
    "half a window is more than half": (
        "windows", "self._bytes_processed >= (self.max_window_size // 2)",
        "self._bytes_processed > (self.max_window_size // 2)"),
    "window may be one larger": (
        "utilities", "LARGEST_FLOW_CONTROL_WINDOW = 2**31 - 1", "LARGEST_FLOW_CONTROL_WINDOW = 2**31"),
    "settings do not move windows of streams": (
        "connection", "stream._inbound_flow_control_change_from_settings(delta)", "pass"),
    "ping answered with zeros": ("connection", "f.opaque_data = frame.opaque_data", "f.opaque_data = bytes(8)"),
    "priority of headers unnoticed": (
        "connection", "stream_events[0].priority_updated = p_events[0]", "pass"),
    "a stream that ended is not linked": (
        "stream", "data_event.stream_ended = cast(\"StreamEnded\", es_events[0])", "pass"),
    "last stream of goaway": (
        "connection", "f.last_stream_id = self.highest_inbound_stream_id", "f.last_stream_id = 0"),
    "a reset stream is a closed one": (
        "stream", "self.stream_closed_by = StreamClosedBy.RECV_RST_STREAM", "pass"),
    "closed streams are remembered in another order": (
        "utilities", "self.popitem(last=False)", "self.popitem(last=True)"),
    "te may be anything": ("utilities", "header[1].lower() != b\"trailers\"", "False"),
    "cookies are joined otherwise": ("utilities", "b\"; \".join(cookies)", "b\";\".join(cookies)"),
    "cookies are indexed": ("utilities", "len(header[1]) < 20", "len(header[1]) < 2"),
    "hosts are not compared": ("utilities", "authority_header_val != host_header_val", "False"),
    "an error of another code": (
        "exceptions", "error_code = ErrorCodes.ENHANCE_YOUR_CALM", "error_code = ErrorCodes.PROTOCOL_ERROR"),
    "another message": ("stream", "Trailers must have END_STREAM set", "Trailers should have END_STREAM set"),
    "content-length is not held against the body": ("stream", "end_stream and expected != actual", "False"),
    "HEAD has a length": ("stream", "self.request_method == b\"HEAD\"", "False"),
    "one continuation more": ("frame_buffer", "CONTINUATION_BACKLOG = 64", "CONTINUATION_BACKLOG = 65"),
    "informational responses end streams": (
        "stream", "if end_stream:\n                msg = \"Cannot set END_STREAM on informational responses\"",
        "if False:\n                msg = \"\""),
    "pushes do not count as the peer's streams": (
        "connection", "self.highest_inbound_stream_id = stream_id",
        "self.highest_inbound_stream_id += stream_id % 2 * 2"),
    "settings are in force before they are acknowledged": (
        "settings", "items.append(value)", "items.clear() or items.append(value)"),
    "padding is not flow controlled": (
        "connection", "flow_controlled_length = frame.flow_controlled_length",
        "flow_controlled_length = len(frame.data)"),
    "a log line less": ("connection", "self.config.logger.debug(\"Send Ping frame\")", "pass"),
    "an altsvc of a client": (
        "connection", "if not self.config.client_side:\n                return frames, events",
        "if False:\n                return frames, events"),
}

# Of these, the ones that take seconds to be found.
RARE = {
    "closed streams are remembered in another order", "te may be anything", "an error of another code",
    "another message", "one continuation more", "informational responses end streams", "a log line less",
    "an altsvc of a client",
}
