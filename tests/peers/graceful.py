"""h2 with graceful shutdown. Stock h2 sees a connection as closed once a GOAWAY frame was sent or received; but then
what has begun may be finished (RFC 9113 section 6.8), and node, nginx and gRPC do so."""
from h2.connection import ConnectionInputs, ConnectionState, H2Connection, H2ConnectionStateMachine

OPEN = (ConnectionState.CLIENT_OPEN, ConnectionState.SERVER_OPEN)
GOAWAYS = (ConnectionInputs.SEND_GOAWAY, ConnectionInputs.RECV_GOAWAY)


class GracefulStateMachine(H2ConnectionStateMachine):
    _transitions = {
        **H2ConnectionStateMachine._transitions,
        **{(state, goaway): (None, state) for state in OPEN for goaway in GOAWAYS},
    }


class GracefulConnection(H2Connection):
    """An H2Connection that stays open after GOAWAY, until the caller closes its socket."""

    def __init__(self, config):
        super().__init__(config)
        self.state_machine = GracefulStateMachine()

    def clear_outbound_data_buffer(self):
        """Upstream drops what is not sent yet when GOAWAY comes; it is still wanted here."""
