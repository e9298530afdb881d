import { CommandError } from '../errors.ts';
import { today } from '../orders/schedule.ts';
import { nearestOrderId, readOrderDetail } from '../shipments/order-detail.ts';
import { readOverview } from '../shipments/overview.ts';
import { type Command, type Ending, withDatabase } from './command.ts';
import { describeOrder, describeOverview, orderDocument, overviewDocument } from './status-report.ts';

export const run: Command<object, [id?: string]> = async (context, _flags, id) => {
  const { output, clock, config, providers } = context;
  return withDatabase(context, { create: false }, async ({ db }): Promise<Ending> => {
    if (id === undefined) {
      const day = today(clock.now(), config.timezone);
      const overview = await readOverview(db, day, clock.now());
      output.result(overviewDocument(overview, providers), () =>
        describeOverview(overview, { today: day, known: providers }, output),
      );
      return 'done';
    }
    const order = await readOrderDetail(db, id);
    if (!order) {
      const nearest = await nearestOrderId(db, id);
      throw new CommandError('not_found', `There is no order or shipment "${id}".`, {
        hint: nearest ? `Did you mean ${nearest}?` : 'See "shipctl status" for an overview.',
      });
    }
    output.result(orderDocument(order), () => describeOrder(order, output));
    return 'done';
  });
};
