/**
 * The methods a bot of this kind may need, all answered in Telegram's shape, and what of them the older tests leave
 * out.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Api, GrammyError, InputFile, InputMediaBuilder } from 'grammy';
import type { Update } from 'grammy/types';
import { createTelegramUser, setTelegramFaults, type TelegramUser } from '../../../simulators/telegram/driver';
import type { TelegramSimulator } from '../../../simulators/telegram/server';
import { api, PNG, startSim, TOKEN } from './frame';

let sim: TelegramSimulator;
let anna: TelegramUser;
let bot: Api;
beforeEach(async () => {
  sim = await startSim({ token: TOKEN });
  anna = createTelegramUser(sim.url, 501, { firstName: 'Анна' });
  bot = new Api(TOKEN, { apiRoot: sim.url });
  await anna.start();
});
afterEach(() => sim.close());

const description = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'was accepted',
    (error: unknown) => (error instanceof GrammyError ? `${error.error_code} ${error.description}` : String(error)),
  );
/** The updates that came after Start, confirmed. */
async function news(): Promise<Update[]> {
  const updates = await bot.getUpdates({ timeout: 0 });
  if (updates.length > 0) await bot.getUpdates({ offset: updates.at(-1)!.update_id + 1, timeout: 0 });
  return updates.filter(({ message }) => message?.text !== '/start');
}

describe('methods', () => {
  it.each([
    'getMe',
    'getUpdates',
    'setWebhook',
    'deleteWebhook',
    'getWebhookInfo',
    'sendMessage',
    'editMessageText',
    'editMessageCaption',
    'editMessageMedia',
    'editMessageReplyMarkup',
    'deleteMessage',
    'deleteMessages',
    'sendPhoto',
    'sendDocument',
    'sendMediaGroup',
    'sendChatAction',
    'answerCallbackQuery',
    'setMyCommands',
    'getMyCommands',
    'deleteMyCommands',
    'setChatMenuButton',
    'getChat',
    'getChatMember',
    'sendInvoice',
    'createInvoiceLink',
    'answerPreCheckoutQuery',
    'refundStarPayment',
    'getStarTransactions',
    'getFile',
    'copyMessage',
    'forwardMessage',
    'pinChatMessage',
    'unpinChatMessage',
    'setMessageReaction',
  ])('%s is known, in any case of its letters', async (method) => {
    for (const name of [method, method.toLowerCase()]) expect((await api(sim.url, name, {})).error_code).not.toBe(404);
  });

  it('an album arrives as several messages of one group, or not at all', async () => {
    const picture = () => InputMediaBuilder.photo(new InputFile(PNG, 'a.png'));
    const sent = await bot.sendMediaGroup(anna.id, [
      InputMediaBuilder.photo(new InputFile(PNG, 'a.png'), { caption: '<b>раз</b>', parse_mode: 'HTML' }),
      picture(),
    ]);
    expect(sent.map((m) => m.message_id)).toEqual([2, 3]);
    expect(new Set(sent.map((m) => (m as { media_group_id?: string }).media_group_id ?? Math.random())).size).toBe(1);
    expect((await anna.chat()).messages[1]).toMatchObject({ captionHtml: '<b>раз</b>', photoUrl: expect.any(String) });
    expect(await description(bot.sendMediaGroup(anna.id, Array.from({ length: 11 }, picture)))).toBe(
      '400 Bad Request: too many messages to send as an album',
    );
    expect(
      await description(
        bot.sendMediaGroup(anna.id, [picture(), InputMediaBuilder.document(new InputFile(PNG, 'a.png'))] as never),
      ),
    ).toBe("400 Bad Request: document can't be mixed with other media types");
    expect(
      await description(
        bot.sendMediaGroup(anna.id, [
          picture(),
          InputMediaBuilder.photo(new InputFile(Buffer.from('no picture'), 'a.png')),
        ]),
      ),
    ).toBe('400 Bad Request: IMAGE_PROCESS_FAILED');
    expect((await anna.chat()).messages).toHaveLength(3);
  });

  it('who is in a private chat', async () => {
    expect(await bot.getChatMember(anna.id, anna.id)).toMatchObject({
      status: 'member',
      user: { id: anna.id, first_name: 'Анна' },
    });
    expect(await description(bot.getChatMember(anna.id, 77))).toBe('400 Bad Request: user not found');
    expect(await description(bot.getChatMember('@channel', anna.id))).toBe('400 Bad Request: chat not found');
  });

  it('who is in a channel: only its administrators may ask, and of people whom the bot has met', async () => {
    const channel = (botIsAdmin: boolean, status?: string) =>
      fetch(`${sim.url}/_sim/channels/@news`, {
        method: 'PUT',
        body: JSON.stringify({ botIsAdmin, members: status === undefined ? {} : { [anna.id]: status } }),
      });
    await channel(false, 'member');
    expect(await description(bot.getChatMember('@news', anna.id))).toBe('400 Bad Request: member list is inaccessible');
    await channel(true, 'member');
    expect(await bot.getChatMember('@news', anna.id)).toMatchObject({ status: 'member', user: { id: anna.id } });
    await channel(true);
    expect(await bot.getChatMember('@news', anna.id)).toMatchObject({ status: 'left' });
    expect(await description(bot.getChatMember('@news', 77))).toBe('400 Bad Request: user not found');
  });

  it('a picture and a phone number of the person come as updates', async () => {
    await anna.sendPhoto(PNG, 'вот');
    await anna.shareContact('79000000000');
    const [photo, contact] = await news();
    expect(photo?.message).toMatchObject({ caption: 'вот', photo: [{ file_id: expect.any(String) }] });
    expect(contact?.message?.contact).toMatchObject({ phone_number: '79000000000', user_id: anna.id });
    const { file_path } = await bot.getFile(photo!.message!.photo![0]!.file_id);
    expect(Buffer.from(await (await fetch(`${sim.url}/file/bot${TOKEN}/${file_path}`)).arrayBuffer())).toEqual(PNG);
  });
});

it('a misspelt fault is refused: nobody tests with a fault that is not on', async () => {
  await expect(setTelegramFaults(sim.url, { dwon: true } as never)).rejects.toThrow('no fault is called "dwon"');
});
