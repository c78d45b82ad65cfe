/**
 * Who may import whom. A rule here is a sentence of the design: break it only by changing the design.
 * `scripts/check-rules.mjs` proves that each rule catches what it is there for.
 */

const NODE_BUILTINS = ['core'];
const PACKAGES = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];

/**
 * Everything that goes into the workflow bundle: workflows, those of the jobs among them, and the contracts they share.
 */
const WORKFLOW_CODE = '^src/(workflows/|jobs/(jobContract|[^/]+/(workflow|childWorkflow|contract))\\.ts$)';
/** What of the jobs everybody may import. */
const JOB_CONTRACTS = '^src/jobs/(jobContract|[^/]+/contract)\\.ts$';
/** Names, inputs and results of workflows and activities. */
const CONTRACTS = ['^src/workflows/contracts/', JOB_CONTRACTS];

/** What providers are called: data that screens and the timeline may read. */
const PROVIDER_LABELS = '^src/providers/labels\\.ts$';

/** @param {string[]} names of folders of `src`; what is a path already stays */
const folders = (...names) => names.map((name) => (name.startsWith('^') ? name : `^src/${name}/`));

/**
 * A row of the table in docs/architecture.md: what of ours a folder may import beside itself. Everybody but the domain
 * may name types of the configuration.
 * @param {string} folder
 * @param {string} comment
 * @param {string[]} values folders it may import
 * @param {string[]} types folders of which it may import types only
 */
const onlyFrom = (folder, comment, values, types = ['config']) => {
  const from = { path: `^src/${folder}/`, pathNot: WORKFLOW_CODE };
  const own = folders(folder, ...values);
  const onlyTypes = folders(...types);
  return [
    {
      name: `${folder}-imports-its-row-only`,
      severity: 'error',
      comment,
      from,
      to: { path: '^src/', pathNot: [...own, ...onlyTypes] },
    },
    ...(types.length === 0
      ? []
      : [
          {
            name: `${folder}-imports-types-only`,
            severity: 'error',
            comment: `${comment} Write \`import type\`.`,
            from,
            to: { path: onlyTypes, pathNot: own, dependencyTypesNot: ['type-only'] },
          },
        ]),
  ];
};

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that need each other are one file, or three.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'The imported file or package does not exist.',
      from: {},
      to: { couldNotResolve: true },
    },

    ...onlyFrom('domain', 'The rules of the shop know neither database nor network.', [], []),
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'No I/O in the domain: no Node modules, no packages.',
      from: { path: '^src/domain/' },
      to: { dependencyTypes: [...NODE_BUILTINS, ...PACKAGES] },
    },

    {
      name: 'workflows-import-domain-and-activity-types',
      severity: 'error',
      comment: 'Workflow code is replayed: it may use the domain, its own contracts, and the types of activities.',
      from: { path: WORKFLOW_CODE },
      to: { path: '^src/', pathNot: [WORKFLOW_CODE, '^src/(domain|activities|jobs)/'] },
    },
    {
      name: 'workflows-import-activities-as-types-only',
      severity: 'error',
      comment: 'An activity in the workflow bundle would run inside the replay. Write `import type`.',
      from: { path: WORKFLOW_CODE },
      to: { path: '^src/(activities|jobs)/', pathNot: WORKFLOW_CODE, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-are-deterministic',
      severity: 'error',
      comment: 'No Node modules, database, Redis, HTTP or validation library in workflow code: only the workflow SDK.',
      from: { path: WORKFLOW_CODE },
      to: {
        dependencyTypes: [...NODE_BUILTINS, ...PACKAGES],
        pathNot: ['node_modules/@temporalio/(workflow|common)(/|$)'],
        dependencyTypesNot: ['type-only'],
      },
    },

    {
      name: 'jobs-are-known-by-their-contracts',
      severity: 'error',
      comment: 'Only the worker and the command line know the activities of scheduled jobs; nobody else needs them.',
      from: { path: '^src/', pathNot: ['^src/(jobs|worker|cli)/', WORKFLOW_CODE] },
      to: { path: '^src/jobs/', pathNot: JOB_CONTRACTS },
    },
    {
      name: 'bot-does-no-durable-work',
      severity: 'error',
      comment:
        'The bot talks to people. Panels, money and activities are reached by starting and signalling workflows.',
      from: { path: '^src/bot/' },
      to: { path: '^src/(gateways/(cryptopay|hiddify|yookassa)|activities|worker)/' },
    },
    ...onlyFrom(
      'messages',
      'A screen is a pure function: it may name the types of rows it is given, but reads nothing by itself.',
      ['domain', PROVIDER_LABELS],
      ['config', 'storage', 'support', JOB_CONTRACTS],
    ),
    {
      name: 'nobody-imports-the-bot',
      severity: 'error',
      comment: 'The bot is a process. What it and the worker both say to people is in src/messages.',
      from: { path: '^src/', pathNot: '^src/bot/' },
      to: { path: '^src/bot/' },
    },
    {
      name: 'nobody-imports-the-worker',
      severity: 'error',
      comment: 'The worker is a process: it is built from the other folders, which know nothing of it.',
      from: { path: '^src/', pathNot: '^src/worker/' },
      to: { path: '^src/worker/' },
    },

    ...onlyFrom('storage', 'What talks to a database knows the domain and nothing above it.', ['domain']),
    ...onlyFrom('gateways', 'What talks to an outside service knows the domain and nothing above it.', ['domain']),
    ...onlyFrom(
      'providers',
      'A way to pay is its gateway behind the port; what it stores is handed to it by type.',
      ['gateways', 'domain'],
      ['config', 'storage'],
    ),
    {
      name: 'providers-do-not-know-each-other',
      severity: 'error',
      comment: 'A folder of src/providers says everything of one way to pay. What several need is beside them.',
      from: { path: '^src/providers/([^/]+)/' },
      to: { path: '^src/providers/([^/]+)/', pathNot: '^src/providers/$1/' },
    },
    {
      name: 'providers-are-known-by-the-port',
      severity: 'error',
      comment: 'Only the registry and the labels know which ways to pay there are; everybody else knows the port.',
      from: { path: '^src/', pathNot: '^src/providers/((registry|labels)\\.ts$|[^/]+/)' },
      to: { path: '^src/providers/[^/]+/' },
    },
    ...onlyFrom(
      'clients',
      'Whoever starts or signals a workflow needs its contract only.',
      ['domain', ...CONTRACTS],
      ['config', 'gateways', 'providers'],
    ),
    ...onlyFrom('process', 'Opening and closing the infrastructure knows nothing of the shop.', ['storage', 'clients']),
    ...onlyFrom(
      'activities',
      'An activity has one effect outside; workflows decide what is started, and the bot answers people.',
      ['storage', 'gateways', 'messages', 'process', 'domain', ...CONTRACTS],
      ['config', 'clients', 'providers'],
    ),
    ...onlyFrom(
      'jobs',
      'The activities of a job may use what other activities use, and these.',
      ['activities', 'storage', 'gateways', 'messages', 'process', 'clients', 'support', 'domain', ...CONTRACTS],
      ['config', 'workflows', 'providers'],
    ),
    ...onlyFrom(
      'http',
      'What comes in over HTTP is passed on to workflows and to the bot; nothing is done here.',
      ['storage', 'gateways', 'clients', 'messages', 'process', 'domain'],
      ['config', 'providers'],
    ),
    ...onlyFrom(
      'support',
      'Support reads everything, and acts through the clients of workflows.',
      ['storage', 'gateways', 'clients', 'process', 'config', 'domain', PROVIDER_LABELS, ...CONTRACTS],
      ['providers'],
    ),
    ...onlyFrom('desk', 'What the owner and their staff do, whoever asks for it: the chat today, a page later.', [
      'storage',
      'support',
      'clients',
      'domain',
      ...CONTRACTS,
    ]),
    ...onlyFrom(
      'config',
      'The configuration is read by everybody; it reads only the domain and what gateways publish (address ranges).',
      ['domain', 'gateways'],
      [],
    ),

    {
      name: 'src-is-the-product',
      severity: 'error',
      comment: 'A stand-in, a test or a bench can never be reached from production code.',
      from: { path: '^src/' },
      to: { path: '^(simulators|demo|test|bench|chaos|scripts)/' },
    },
    {
      name: 'src-needs-no-dev-package',
      severity: 'error',
      comment: 'Production installs no devDependencies.',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'benches-run-without-jest',
      severity: 'error',
      comment: 'Benches and chaos runs are programs of their own: what they use of the tests must load outside Jest.',
      from: { path: '^(bench|chaos|demo|simulators)/' },
      to: { path: '@jest/globals', reachable: true },
    },
    {
      name: 'simulators-stand-alone',
      severity: 'error',
      comment: 'A stand-in that shares code with the shop would share its mistakes.',
      from: { path: '^simulators/' },
      to: { path: '^(src|demo|test|bench|chaos)/' },
    },
    {
      name: 'simulators-do-not-know-each-other',
      severity: 'error',
      comment: 'Each stand-in is one service.',
      from: { path: '^simulators/([^/]+)/' },
      to: { path: '^simulators/([^/]+)/', pathNot: '^simulators/$1/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.gigabridge)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
    moduleSystems: ['cjs', 'es6'],
  },
};
