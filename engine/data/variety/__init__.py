"""What photos seldom show and networks must know all the same: odd colours, drawn material."""
