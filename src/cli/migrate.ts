import { type Command, withDatabase } from './command.ts';

export const run: Command<object> = async (context) => {
  await withDatabase(context, { create: true }, async () => {});
  const path = context.config.databasePath;
  context.output.result({ database: path }, () => `The database ${path} is up to date.`);
  return 'done';
};
