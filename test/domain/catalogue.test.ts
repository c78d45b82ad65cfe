import { describe, expect, it } from '@jest/globals';
import { hasRoom, roomiest, type ServerTrouble } from '../../src/domain/catalogue';

const server = (code: string, freePlaces: number | null, trouble: ServerTrouble | null = null) => ({
  code,
  freePlaces,
  trouble,
});

describe('a server that is full', () => {
  it.each([
    [null, true],
    [1, true],
    [0, false],
    [-3, false],
  ])('with %j places free: sold? %j', (freePlaces, sold) => {
    expect(hasRoom({ freePlaces })).toBe(sold);
  });
  it('is never the one chosen for a buyer', () => {
    expect(roomiest([server('a', 0), server('b', -1)])).toBeUndefined();
    expect(roomiest([])).toBeUndefined();
    expect(roomiest([server('a', 0), server('b', 1)])?.code).toBe('b');
  });
});

describe('"choose for me"', () => {
  it('takes the server with the most room, one without a limit first', () => {
    expect(roomiest([server('a', 3), server('b', 70), server('c', 7)])?.code).toBe('b');
    expect(roomiest([server('a', 1_000_000), server('b', null), server('c', 7)])?.code).toBe('b');
  });
  it('takes one that makes keys before one that makes none now, however much room that has', () => {
    expect(roomiest([server('a', null, 'away'), server('b', 1)])?.code).toBe('b');
    expect(roomiest([server('a', null, 'no-keys'), server('b', 0)])?.code).toBe('a');
  });
  it('between equals is the same for every replica, whatever the order they come in', () => {
    expect(roomiest([server('b', 5), server('a', 5)])?.code).toBe('a');
    expect(roomiest([server('b', null), server('c', null), server('a', null)])?.code).toBe('a');
  });
  it('leaves the list as it was', () => {
    const servers = Object.freeze([server('b', 1), server('a', 2)]);
    roomiest(servers);
    expect(servers.map(({ code }) => code)).toEqual(['b', 'a']);
  });
});
