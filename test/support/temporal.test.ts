import { expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { testEnvironment } from './environment';
import { createTestNamespace } from './temporal';

it('a namespace of its own has the search attributes that operators filter by', async () => {
  const namespace = await createTestNamespace();
  const connection = await Connection.connect({ address: testEnvironment('TEST_TEMPORAL_ADDRESS') });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  await connection.close();
  expect(Object.keys(customAttributes ?? {})).toEqual(
    expect.arrayContaining(['PaymentStatus', 'TelegramUserId', 'NeedsAttention']),
  );
});
