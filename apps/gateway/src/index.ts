export { createGateway, type Gateway, type GatewayParts } from './service/gateway';
