/** Servers of others that can be asked the same. */
export const peerNames = ['radicale', 'cyrus', 'davical'] as const;
export type PeerName = (typeof peerNames)[number];
