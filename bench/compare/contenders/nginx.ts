import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Contender, Launch, LaunchOptions } from '../contender.ts'

const PROGRAM = 'nginx'

const DOT_FILES = 'location ~ /\\.(?!well-known/) { return 404; }'
const PAGES = 'location / { try_files $uri $uri/ $uri.html =404; }'
const ASSETS_OR_PAGE = [
  'location ~ \\.(js|mjs|css|wasm|json|png|svg)$ { }',
  'location / { try_files $uri $uri/ $uri.html /index.html; }',
]
const PREFLIGHT = [
  'location / {',
  '  add_header Access-Control-Allow-Origin *;',
  '  add_header Access-Control-Allow-Methods "GET, HEAD";',
  '  add_header Access-Control-Allow-Headers Range;',
  '  if ($request_method = OPTIONS) { return 204; }',
  '}',
]

/** One process in the foreground, which can be killed and whose descriptors can be counted. */
const launch =
  (locations: readonly string[], http: readonly string[] = ['access_log off;']) =>
  ({ root, port, folder, log }: LaunchOptions): Launch => ({
    command: PROGRAM,
    args: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', 'daemon off; master_process off;'],
    files: {
      'nginx.conf': `pid nginx.pid;
error_log error.log;
events { }
http {
  include /etc/nginx/mime.types;
  types { application/javascript mjs; }
  charset utf-8;
  charset_types text/css text/plain text/html application/javascript application/json image/svg+xml;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  sendfile on;
  absolute_redirect off;
  gzip on;
  gzip_static on;
  gzip_vary on;
  gzip_http_version 1.0;
  gzip_types text/css application/javascript application/json image/svg+xml;
  map $uri $cache { default no-cache; ~^/assets/ "public, max-age=31536000, immutable"; }
  ${http.join('\n  ').replace('LOG', () => log)}
  server {
    listen 127.0.0.1:${port};
    root ${root};
    disable_symlinks on from=$document_root;
    error_page 404 /404.html;
    add_header Cache-Control $cache;
    add_header X-Content-Type-Options nosniff always;
    ${[DOT_FILES, ...locations].join('\n    ')}
  }
}
`,
    },
  })

const site = launch([PAGES])

export const nginx: Contender = {
  name: 'nginx',
  version: () => {
    const { stderr, error } = spawnSync(PROGRAM, ['-v'], { encoding: 'utf8' })
    return error === undefined ? /nginx\/([\d.]+)/.exec(stderr)?.[1] : undefined
  },
  remark: 'The package nginx-light of Debian, without third-party modules.',
  installCommand: 'apt-get install nginx-light',
  profiles: {
    site,
    slash: site,
    single: launch(ASSETS_OR_PAGE),
    list: launch(['autoindex on;']),
    json: launch(['autoindex on;', 'autoindex_format json;']),
    log: launch([PAGES], ['access_log LOG combined;']),
    cors: launch(PREFLIGHT),
    change: site,
  },
}
