export { faultCode } from './fault-code';
export { waitFor, type WaitOptions } from './wait-for';
export { fixedClock, type FixedClock } from './fixed-clock';
export { freePort } from './free-port';
export { ownRedis, type OwnRedis } from './own-redis';
export { hasRedis, redisReady, spawnRedis, type RedisSettings } from './redis-process';
export {
  startOfflineModelProcess,
  type ModelRequest,
  type ModelScript,
  type OfflineModelProcess,
  type OfflineModelProcessOptions,
} from './offline-model-process';
