// Serves the emulator on a free port of this machine until standard input ends; prints its address.
//
// Its own program wants a newer Node.js than its library does.
import { createServer } from 'node:net';
import { createEmulator } from 'emulate';

const port = await new Promise((resolve) => {
  const taken = createServer().listen(0, '127.0.0.1', () => {
    const found = taken.address().port;
    taken.close(() => resolve(found));
  });
});
const emulator = await createEmulator({
  service: 'github',
  port,
  baseUrl: `http://127.0.0.1:${port}`,
  seed: {
    tokens: {
      'sandbox-caller': { login: 'octo', scopes: ['repo', 'workflow', 'user', 'admin:org'] },
      'sandbox-other': { login: 'mona', scopes: ['repo', 'workflow', 'user', 'admin:org'] },
    },
    github: {
      users: [{ login: 'octo', name: 'octo' }, { login: 'mona', name: 'mona' }],
      orgs: [{ login: 'acme', name: 'acme', members: ['octo', 'mona'].map((login) => ({ login, role: 'admin' })) }],
    },
  },
});
console.log(`http://127.0.0.1:${port}`);
process.stdin.resume();
process.stdin.on('end', () => emulator.close().then(() => process.exit(0)));
