/** One file, because starting a system for faults takes the machine a quarter of a minute: all scenarios share it. */
import './outages.ts';
import './processes.ts';
import './campaign/campaign-scenarios.ts';
