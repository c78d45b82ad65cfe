import type { BotCommand, ChatFullInfo, ChatMember, File, MenuButton } from '@grammyjs/types';
import { badRequest } from '../failure';
import type { Params } from '../params';
import type { Method } from './method';

const QUERY_TOO_OLD = 'query is too old and response timeout expired or query ID is invalid';
/** Telegram documents no figure. Long enough for every normal handler, short enough that a queued update exceeds it. */
const CALLBACK_ANSWERABLE_MS = 60_000;
const MAX_CALLBACK_ANSWER = 200;
/** Bot API: files up to 20 MB can be fetched. */
const MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024;

const answerCallbackQuery: Method = (sim, params) => {
  const id = params.text('callback_query_id');
  const query = sim.state.callbackQueries[id];
  const tooOld =
    !query || sim.clock.now() - query.at > CALLBACK_ANSWERABLE_MS || sim.faults.current.expireCallbacks === true;
  // A second answer gets the same error as a late one.
  if (tooOld) throw badRequest(QUERY_TOO_OLD);
  const text = params.text('text');
  if (text.length > MAX_CALLBACK_ANSWER) throw badRequest('MESSAGE_TOO_LONG');
  delete sim.state.callbackQueries[id];
  const chat = sim.state.chats[query.userId];
  if (chat) {
    const answer = {
      text,
      showAlert: params.flag('show_alert'),
      at: new Date().toISOString(),
      afterMessageId: chat.lastMessageId,
    };
    chat.callbackAnswers.push(answer);
    sim.events.report({ kind: 'callback-answer', userId: query.userId, answer });
  }
  sim.changed();
  return true;
};

const getChat: Method = (sim, params): ChatFullInfo => {
  const { person } = sim.chatForBot(params.text('chat_id'));
  return {
    ...sim.wireChat(person),
    accent_color_id: 0,
    max_reaction_count: 11,
    ...(person.username === undefined ? {} : { active_usernames: [person.username] }),
    accepted_gift_types: { unlimited_gifts: true, limited_gifts: true, unique_gifts: true, premium_subscription: true },
  } as unknown as ChatFullInfo;
};

/**
 * In a private chat both sides are members for as long as the chat is there. Of a channel only its administrators may
 * ask (Bot API, getChatMember); who was never in it has left it, and people that the bot has never met are not found.
 */
const getChatMember: Method = (sim, params): ChatMember => {
  const chatId = params.text('chat_id');
  const userId = params.integer('user_id');
  const channel = sim.state.channels?.[chatId];
  if (channel) {
    if (!channel.botIsAdmin) throw badRequest('member list is inaccessible');
    const known = sim.state.chats[userId];
    if (!known) throw badRequest('user not found');
    const user = sim.wireUser(known.person);
    return { status: channel.members[userId] ?? 'left', user, until_date: 0 } as unknown as ChatMember;
  }
  const { person, blocked } = sim.chatForBot(chatId);
  if (userId === sim.botId)
    return blocked ? { status: 'kicked', user: sim.bot, until_date: 0 } : { status: 'member', user: sim.bot };
  if (userId === person.id) return { status: 'member', user: sim.wireUser(person) };
  throw badRequest('user not found');
};

const getFile: Method = (sim, params): File => {
  const fileId = params.text('file_id');
  if (fileId === '') throw badRequest('file_id not specified');
  const known = Object.entries(sim.state.files).find(([, file]) => file.fileId === fileId);
  if (!known) throw badRequest('wrong file_id or the file is temporarily unavailable');
  const size = Buffer.byteLength(known[1].base64, 'base64');
  if (size > MAX_DOWNLOAD_BYTES) throw badRequest('file is too big');
  return { file_id: fileId, file_unique_id: known[0], file_size: size, file_path: known[1].path };
};

/** Commands are kept per scope and language, and read back only under exactly the same pair. */
function commandKey(params: Params): string {
  const scope = params.json<{ type: string; chat_id?: number | string; user_id?: number }>(
    'scope',
    'BotCommandScope',
  ) ?? { type: 'default' };
  return [scope.type, scope.chat_id ?? '', scope.user_id ?? '', params.text('language_code')].join('|');
}

const setMyCommands: Method = (sim, params) => {
  const commands = params.json<BotCommand[]>('commands', 'commands');
  if (!Array.isArray(commands)) throw badRequest('expected an Array of BotCommand');
  if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH');
  const cleaned = commands.map(({ command, description }) => ({
    command: String(command).replace(/^\//, ''),
    description: String(description),
  }));
  for (const { command, description } of cleaned) {
    if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID');
    if (description.length < 1 || description.length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID');
  }
  sim.state.commands[commandKey(params)] = cleaned;
  sim.changed();
  return true;
};

const getMyCommands: Method = (sim, params) => sim.state.commands[commandKey(params)] ?? [];

const deleteMyCommands: Method = (sim, params) => {
  delete sim.state.commands[commandKey(params)];
  sim.changed();
  return true;
};

const setText =
  (name: 'description' | 'short_description' | 'name', max: number): Method =>
  (sim, params) => {
    const text = params.text(name);
    if (text.length > max) throw badRequest(`${name.toUpperCase()}_TOO_LONG`);
    sim.state.descriptions[`${name}|${params.text('language_code')}`] = text;
    sim.changed();
    return true;
  };

const getText =
  (name: 'description' | 'short_description' | 'name'): Method =>
  (sim, params) => {
    const { descriptions } = sim.state;
    const fallback = name === 'name' ? sim.bot.first_name : '';
    return { [name]: descriptions[`${name}|${params.text('language_code')}`] ?? descriptions[`${name}|`] ?? fallback };
  };

const setChatMenuButton: Method = (sim, params) => {
  const button = params.json<MenuButton>('menu_button', 'menu button') ?? { type: 'default' };
  if (!['commands', 'web_app', 'default'].includes(button.type)) throw badRequest('MenuButton has unsupported type');
  sim.state.menuButtons[params.text('chat_id')] = button;
  sim.changed();
  return true;
};

const getChatMenuButton: Method = (sim, params) =>
  sim.state.menuButtons[params.text('chat_id')] ?? sim.state.menuButtons[''] ?? { type: 'commands' };

export const settingMethods: Record<string, Method> = {
  getme: (sim) => sim.me,
  answercallbackquery: answerCallbackQuery,
  getchat: getChat,
  getchatmember: getChatMember,
  getfile: getFile,
  setmycommands: setMyCommands,
  getmycommands: getMyCommands,
  deletemycommands: deleteMyCommands,
  setmydescription: setText('description', 512),
  getmydescription: getText('description'),
  setmyshortdescription: setText('short_description', 120),
  getmyshortdescription: getText('short_description'),
  setmyname: setText('name', 64),
  getmyname: getText('name'),
  setchatmenubutton: setChatMenuButton,
  getchatmenubutton: getChatMenuButton,
};
