import { bytesLimit, countLimit, durationLimit } from '@antiphon/service-kit';
import { storeSetting } from './files/parts/s3-location.ts';

/** The limits of this service alone. */
export const mcpLimits = {
  tools: {
    output_bytes_max: bytesLimit(
      '256KiB',
      { min: 1024, max: 4_194_304 },
      "The size of one tool's output; the rest is cut off.",
    ),
    concurrency_max: countLimit(
      64,
      { min: 1 },
      'Calls of built-in tools at the same time, and as many of tools of outside servers.',
    ),
    waiting_max: countLimit(256, { min: 0 }, 'Calls that may wait for a place.'),
  },
  search: {
    timeout: durationLimit('10s', 'How long a search engine may take to answer.'),
    answer_bytes_max: bytesLimit('2MiB', { min: 1024 }, 'The size of one answer of a search engine.'),
    failures_max: countLimit(3, { min: 1 }, 'Failures in a row after which an engine rests.'),
    rest: durationLimit('30s', 'How long an engine rests.'),
    cache_ttl: durationLimit('5m', 'How long results are reused for the same query.'),
    cache_bytes_max: bytesLimit('16MiB', { min: 1024 }, 'The size of all reused results.'),
  },
  scrape: {
    timeout: durationLimit('20s', 'How long fetching a page may take.'),
    page_bytes_max: bytesLimit('5MiB', { min: 1024 }, 'The size of a page after decompression.'),
    read_timeout: durationLimit('15s', 'How long reading the text of a fetched page may take.'),
    pdf_pages_max: countLimit(500, { min: 1 }, 'Pages of a PDF that are read.'),
    threads_max: countLimit(2, { min: 1, max: 64 }, 'Threads that read pages.'),
    thread_memory_mb: countLimit(
      512,
      { min: 64 },
      'Memory of each of these threads in MB; it may use a quarter more for buffers.',
    ),
  },
  http_tools: {
    timeout: durationLimit('20s', 'How long a request of *_http_requests may take.'),
    answer_bytes_max: bytesLimit('2MiB', { min: 1024 }, 'The size of an answer to such a request.'),
  },
  image_generation: {
    timeout: durationLimit('3m', 'How long making one image may take.'),
    image_bytes_max: bytesLimit('3MiB', { min: 1024, max: 3_932_160 }, 'The size of one image.'),
    mask_bytes_max: bytesLimit('1MiB', { min: 1024, max: 2_097_152 }, 'The size of a mask that a file has.'),
  },
  file_search: {
    document_bytes_max: bytesLimit('1MiB', { min: 1024, max: 6_291_456 }, 'The size of one document.'),
    documents_max: countLimit(1000, { min: 1 }, 'Documents of one user.'),
    chunk_characters: countLimit(1200, { min: 100, max: 8000 }, 'Characters of one passage of a document.'),
    overlap_characters: countLimit(
      200,
      { min: 0, max: 4000 },
      'Characters of a passage that the next one repeats; at most half of chunk_characters.',
    ),
    document_chunks_max: countLimit(2000, { min: 1, max: 20_000 }, 'Passages of one document.'),
    chunks_max: countLimit(20_000, { min: 1 }, 'Passages of one user.'),
    vectors_max: countLimit(
      2000,
      { min: 1 },
      'Vectors that one query is compared with, where there is an EMBEDDING_MODEL.',
    ),
    embedding_timeout: durationLimit('15s', 'How long embedding up to 64 passages may take.'),
  },
  files: {
    store: storeSetting(
      "Where new files are stored: database, or s3://BUCKET/PREFIX?region=REGION&endpoint=URL with AWS's usual variables for the key.",
    ),
    file_bytes_max: bytesLimit(
      '512MiB',
      { min: 1024, max: 536_870_912 },
      'The size of a file that one request sends; the gateway takes no larger one.',
    ),
    upload_bytes_max: bytesLimit('2GiB', { min: 1024 }, 'The size of a file that is uploaded in parts.'),
    part_bytes_max: bytesLimit('64MiB', { min: 1024, max: 536_870_912 }, 'The size of one of these parts.'),
    upload_parts_max: countLimit(1000, { min: 1, max: 10_000 }, 'Parts of one upload.'),
    upload_ttl: durationLimit('1h', 'How long an upload takes parts.'),
    open_uploads_max: countLimit(100, { min: 1 }, 'Open uploads of one caller.'),
    caller_bytes_max: bytesLimit('4GiB', { min: 1024 }, 'The size of all files and parts of one caller.'),
    guest_bytes_max: bytesLimit('256MiB', { min: 1024 }, 'The size of all files and parts of one guest.'),
    caller_files_max: countLimit(10_000, { min: 1 }, 'Files of one caller.'),
    clean_up_interval: durationLimit(
      '1m',
      'How often expired files, and the bytes of deleted ones, are removed.',
    ),
  },
  vector_stores: {
    caller_stores_max: countLimit(200, { min: 1, max: 10_000 }, 'Vector stores of one caller.'),
    store_files_max: countLimit(10_000, { min: 1, max: 100_000 }, 'Files of one vector store.'),
    caller_bytes_max: bytesLimit(
      '1GiB',
      { min: 1024 },
      'The size of all passages and vectors of one caller.',
    ),
    guest_bytes_max: bytesLimit('64MiB', { min: 1024 }, 'The size of all passages and vectors of one guest.'),
    file_bytes_max: bytesLimit(
      '64MiB',
      { min: 1024, max: 536_870_912 },
      'The size of a file that is indexed.',
    ),
    file_characters_max: countLimit(
      8_000_000,
      { min: 1000, max: 64_000_000 },
      'Characters of the text of such a file.',
    ),
    file_pages_max: countLimit(5000, { min: 1 }, 'Pages of such a PDF.'),
    file_chunks_max: countLimit(20_000, { min: 1 }, 'Passages of one file.'),
    indexed_at_once: countLimit(2, { min: 1, max: 64 }, 'Files that one process indexes at the same time.'),
    attempts_max: countLimit(3, { min: 1, max: 20 }, 'How often the indexing of a file is tried.'),
    lease: durationLimit('60s', 'How long a process may be silent before another one indexes its file.'),
    poll_interval: durationLimit('2s', 'How often a process looks for files that wait.'),
    read_timeout: durationLimit('60s', 'How long reading the text of a file may take.'),
    threads_max: countLimit(1, { min: 1, max: 64 }, 'Threads that read files.'),
    thread_memory_mb: countLimit(
      512,
      { min: 64 },
      'Memory of each of these threads in MB; it may use a quarter more for buffers.',
    ),
    clean_up_interval: durationLimit(
      '1m',
      'How often the passages of removed and expired vector stores are removed.',
    ),
  },
  containers: {
    idle_minutes: countLimit(
      20,
      { min: 1, max: 43_200 },
      'Minutes that a container is kept without use, where its caller sets none.',
    ),
    idle_minutes_max: countLimit(1_440, { min: 1, max: 43_200 }, 'The most minutes that a caller may set.'),
    file_bytes_max: bytesLimit(
      '16MiB',
      { min: 1024, max: 134_217_728 },
      'The size of one file of a container.',
    ),
    bytes_max: bytesLimit(
      '64MiB',
      { min: 1024, max: 536_870_912 },
      'The size of all files of a container; they count towards files.caller_bytes_max.',
    ),
    files_max: countLimit(100, { min: 1, max: 1_000 }, 'Files of a container.'),
    per_caller_max: countLimit(200, { min: 1 }, 'Containers of one caller that have not expired.'),
  },
  python: {
    timeout: durationLimit('10s', 'How long the code of one call may run.'),
    start_timeout: durationLimit('60s', 'How long the start of an interpreter may take.'),
    memory_mb: countLimit(256, { min: 64, max: 4096 }, 'Memory of one interpreter in MB.'),
    output_bytes_max: bytesLimit(
      '64KiB',
      { min: 1024, max: 1_048_576 },
      'The size of each of the output, the errors and the result of one call.',
    ),
    concurrency_max: countLimit(4, { min: 1, max: 256 }, 'Calls at the same time.'),
    warm: countLimit(
      1,
      { min: 0, max: 64 },
      'Interpreters that stand ready for the next call, from the first call on.',
    ),
    sessions_max: countLimit(8, { min: 0, max: 1024 }, 'Sessions that are kept in all.'),
    sessions_per_caller_max: countLimit(2, { min: 1, max: 64 }, 'Sessions that are kept for one caller.'),
    session_idle: durationLimit('10m', 'How long a session is kept without a call.'),
  },
  shell: {
    timeout: durationLimit(
      '30s',
      'How long the commands of one call of the hosted shell may run, all together.',
    ),
    start_timeout: durationLimit(
      '10s',
      'How long the runner may take in addition, for its start and the files.',
    ),
    commands_max: countLimit(16, { min: 1, max: 100 }, 'Commands of one call.'),
    output_bytes_max: bytesLimit(
      '64KiB',
      { min: 1024, max: 1_048_576 },
      'The size of each of the output and the errors of a command.',
    ),
    memory_mb_max: countLimit(
      1024,
      { min: 64, max: 65_536 },
      'The most memory of a container for a shell, in MB, whatever its memory_limit.',
    ),
  },
  calculate: {
    timeout: durationLimit('1s', 'How long one calculation may take.'),
    threads_max: countLimit(2, { min: 1, max: 64 }, 'Calculations at the same time.'),
  },
  mcp_endpoint: {
    page_size: countLimit(50, { min: 1, max: 1000 }, 'Tools on one page of the list.'),
    batch_max: countLimit(20, { min: 1, max: 100 }, 'Messages in one batch.'),
    progress_interval: durationLimit('5s', 'How often a client gets the progress of its call.'),
  },
  mcp_servers: {
    per_caller_max: countLimit(20, { min: 0, max: 1000 }, 'Servers that one caller may register.'),
    connect_timeout: durationLimit('5s', 'How long a connection to a server may take.'),
    list_timeout: durationLimit('10s', 'How long a server may take to list its tools.'),
    list_wait: durationLimit('5s', 'How long a list of all tools waits for its servers.'),
    list_cache: durationLimit(
      '5m',
      "How long a server's tools are reused, unless the server reports a change.",
    ),
    list_bytes_max: bytesLimit(
      '512KiB',
      { min: 1024 },
      "The size of all tools of one caller's servers, as JSON.",
    ),
    tools_max: countLimit(128, { min: 1 }, 'Tools of one server.'),
    schema_bytes_max: bytesLimit('64KiB', { min: 64 }, "The size of one tool's schema."),
    description_characters_max: countLimit(2000, { min: 16 }, "Characters of one tool's description."),
    answer_bytes_max: bytesLimit('8MiB', { min: 1024 }, 'The size of one answer of a server.'),
    stream_bytes_max: bytesLimit(
      '64MiB',
      { min: 1024 },
      'The size of all unrequested messages of a server over one connection.',
    ),
    calls_max: countLimit(16, { min: 1 }, 'Calls of one server at the same time; others wait.'),
    connections_max: countLimit(256, { min: 1 }, 'Servers connected at the same time.'),
    idle: durationLimit('5m', 'How long an unused connection is kept.'),
    request_idle: durationLimit(
      '1m',
      'How long an unused connection is kept to a server that only a request names.',
    ),
    backoff_min: durationLimit(
      '1s',
      'How long a server rests that cannot be connected to or does not list its tools, the first time; it doubles each further time.',
    ),
    backoff_max: durationLimit('1m', 'The longest rest of a server.'),
  },
};
