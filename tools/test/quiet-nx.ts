/** Variables that run Nx without its daemon, its terminal screen and its cloud. */
export const quietNx = { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', FORCE_COLOR: '0' };
