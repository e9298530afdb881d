import { EVENT_NAMES } from '../providers/provider.ts';

/** What we know of a shipment before its provider reports anything. */
export const DISPATCH_STATUSES = ['pending', 'sending', 'sent', 'rejected', 'uncertain'] as const;

/** A shipment's status: ours until the provider's first event, then the provider's. */
export const SHIPMENT_STATUSES = [...DISPATCH_STATUSES, ...EVENT_NAMES] as const;
export type ShipmentStatus = (typeof SHIPMENT_STATUSES)[number];
