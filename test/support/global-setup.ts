import { prepareTemplateDatabase } from './template-database';

/** Migrates one database before the tests; each test file gets a copy of it, which takes a tenth of the time. */
export default async function globalSetup(): Promise<void> {
  const adminUrl = process.env['TEST_DATABASE_URL'];
  if (!adminUrl) return; // Tests that need no service run with a bare `npx jest`; the others say what is missing.
  process.env['TEST_DATABASE_TEMPLATE'] = await prepareTemplateDatabase(adminUrl);
}
