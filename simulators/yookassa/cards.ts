/** The test cards of a YooKassa test shop and what each of them does (YooKassa docs, testing). */
export interface TestCard {
  readonly number: string;
  readonly brand: 'MasterCard' | 'Visa' | 'Mir' | 'Maestro' | 'AmericanExpress' | 'JCB' | 'DinersClub';
  readonly threeDSecure: boolean;
  /** Absent for a card that pays. */
  readonly decline?: { readonly party: 'payment_network' | 'yoo_money'; readonly reason: string };
}

function pays(number: string, brand: TestCard['brand'], threeDSecure = false): TestCard {
  return { number, brand, threeDSecure };
}

/** One MasterCard, one Visa and one Mir card for a reason, in that order. */
function declines(
  party: 'payment_network' | 'yoo_money',
  reason: string,
  ...numbers: [string, string, string]
): TestCard[] {
  const brands = ['MasterCard', 'Visa', 'Mir'] as const;
  return brands.map((brand, index) => ({
    number: numbers[index]!,
    brand,
    threeDSecure: reason === '3d_secure_failed',
    decline: { party, reason },
  }));
}

export const DEFAULT_CARD = '5555555555554444';

export const TEST_CARDS: readonly TestCard[] = [
  pays('5555555555554444', 'MasterCard'),
  pays('4111111111111111', 'Visa'),
  pays('2202474301322987', 'Mir'),
  pays('5555555555554477', 'MasterCard', true),
  pays('4793128161644804', 'Visa', true),
  pays('2200000000000004', 'Mir', true),
  pays('6759649826438453', 'Maestro'),
  pays('4175001000000017', 'Visa'),
  pays('370000000000002', 'AmericanExpress'),
  pays('3528000700000000', 'JCB'),
  pays('36700102000000', 'DinersClub'),
  ...declines('payment_network', 'insufficient_funds', '5555555555554600', '4562265587712390', '2200000000000053'),
  ...declines('payment_network', '3d_secure_failed', '5555555555554592', '4839665499603842', '2200000000000012'),
  ...declines('payment_network', 'call_issuer', '5555555555554535', '4926946416239025', '2200000000000020'),
  ...declines('payment_network', 'card_expired', '5555555555554543', '4141435412630840', '2200000000000038'),
  ...declines('payment_network', 'fraud_suspected', '5555555555554568', '4483274282299972', '2200000000000046'),
  ...declines('payment_network', 'general_decline', '5555555555554527', '4889971706588753', '2202202212312379'),
  ...declines('payment_network', 'invalid_card_number', '5555555555554618', '4951017853630544', '2201382000000013'),
  ...declines('payment_network', 'invalid_csc', '5555555555554626', '4194180666146368', '2200770212727079'),
  ...declines('payment_network', 'issuer_unavailable', '5555555555554501', '4654130848359150', '2201382000000021'),
  ...declines(
    'payment_network',
    'payment_method_limit_exceeded',
    '5555555555554576',
    '4565231022577548',
    '2201382000000039',
  ),
  ...declines(
    'payment_network',
    'payment_method_restricted',
    '5555555555554550',
    '4233961169071671',
    '2201382000000047',
  ),
  ...declines('yoo_money', 'country_forbidden', '5555555555554584', '4969751510013864', '2201382000000054'),
  ...declines('yoo_money', 'fraud_suspected', '5555555555554634', '4119098878796485', '2201696981989955'),
];

export function findCard(number: string): TestCard | undefined {
  const digits = number.replace(/\D/g, '');
  return TEST_CARDS.find((card) => card.number === digits);
}
