/** Filters of YooKassa's lists and the paths they make (YooKassa API v3, lists of payments and refunds). */

/** Bounds on a date; ISO 8601. */
export interface DateFilter {
  readonly gte?: string;
  readonly gt?: string;
  readonly lte?: string;
  readonly lt?: string;
}

/** YooKassa has no filter by metadata. Newest first; 1 to 100 items a page, 10 by default. */
export interface PaymentFilter {
  readonly createdAt?: DateFilter;
  readonly capturedAt?: DateFilter;
  readonly status?: string;
  readonly limit?: number;
  readonly cursor?: string | undefined;
}

export interface RefundFilter {
  readonly createdAt?: DateFilter;
  readonly paymentId?: string;
  readonly status?: string;
  readonly limit?: number;
  readonly cursor?: string | undefined;
}

export function paymentsPath(filter: PaymentFilter): string {
  return `/payments${query({
    ...dates('created_at', filter.createdAt),
    ...dates('captured_at', filter.capturedAt),
    status: filter.status,
    limit: filter.limit,
    cursor: filter.cursor,
  })}`;
}

export function refundsPath(filter: RefundFilter): string {
  return `/refunds${query({
    ...dates('created_at', filter.createdAt),
    payment_id: filter.paymentId,
    status: filter.status,
    limit: filter.limit,
    cursor: filter.cursor,
  })}`;
}

function dates(field: string, filter: DateFilter | undefined): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(filter ?? {}).map(([bound, value]) => [`${field}.${bound}`, value as string | undefined]),
  );
}

function query(parameters: Record<string, string | number | undefined>): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
}
